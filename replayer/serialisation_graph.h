// The serialisation graph of observed data operations (Papadimitriou, J. ACM 26, 1979): who read
// or wrote a resource before whom. A cycle through requests means that no serial order of them has
// the same conflicts.
#ifndef REDRIVE_REPLAYER_SERIALISATION_GRAPH_H_
#define REDRIVE_REPLAYER_SERIALISATION_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace redrive {

// One data operation. Accesses stand in the order in which they happened.
struct DataAccess {
  std::uint32_t operation = 0;  // the request, from 0
  std::uint32_t space = 0;      // the collection or table
  std::uint32_t key = 0;        // within it; kWholeSpace meets every key
  bool write = false;
  static constexpr std::uint32_t kWholeSpace = UINT32_MAX;
};

// Whether the order of the two matters: they reach the same data and one writes.
bool Conflict(const DataAccess& a, const DataAccess& b);

// `from` (an index into the accesses) happened before `to`, and they conflict.
struct SerialEdge {
  std::size_t from = 0;
  std::size_t to = 0;
};

// Each edge begins at the request at which the one before ends, and the last ends where the first
// begins; no request stands in it twice.
using SerialCycle = std::vector<SerialEdge>;

// One cycle for each set of requests that stand in cycles with each other, the shortest through the
// first 32 of the set, in order of the requests. Empty exactly when some serial order of the
// requests has all conflicts the same way round. Linear in the number of accesses, apart from the
// search for short cycles. REQUIRES: `operations` is more than every operation number.
std::vector<SerialCycle> FindSerialCycles(const std::vector<DataAccess>& accesses,
                                          std::uint32_t operations);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SERIALISATION_GRAPH_H_
