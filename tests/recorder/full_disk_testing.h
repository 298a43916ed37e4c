// A disk that is full for one piece of code only.
#ifndef REDRIVE_TESTS_RECORDER_FULL_DISK_TESTING_H_
#define REDRIVE_TESTS_RECORDER_FULL_DISK_TESTING_H_

#include <cstddef>
#include <functional>

namespace redrive::testing_support {

// Runs `body` in a process of its own, whose files cannot grow beyond `bytes_max`. Returns what it
// returns (0 to 255), or -1 when it did not end by itself.
int RunOnFullDisk(std::size_t bytes_max, const std::function<int()>& body);

}  // namespace redrive::testing_support

#endif  // REDRIVE_TESTS_RECORDER_FULL_DISK_TESTING_H_
