// The nearest known word, for messages about a slip of the keyboard.
#ifndef REDRIVE_RECORDER_NEAREST_H_
#define REDRIVE_RECORDER_NEAREST_H_

#include <string>
#include <string_view>
#include <vector>

namespace redrive {

// ", did you mean "x"?" for the member of `known` with the smallest edit distance to `word`, if
// that is close enough; otherwise "". The first of equals.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NEAREST_H_
