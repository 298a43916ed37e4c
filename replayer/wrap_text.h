// Text for people: wrapped, cut and on one line.
#ifndef REDRIVE_REPLAYER_WRAP_TEXT_H_
#define REDRIVE_REPLAYER_WRAP_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace redrive {

inline constexpr std::size_t kTextColumns = 100;

// Characters, counting a UTF-8 sequence as one.
std::size_t ColumnsOf(std::string_view text);

// Lines of at most kTextColumns, broken at spaces, each ending in a newline; `first` begins the
// first line, `rest` the others. A word that is longer than a line is broken.
std::string WrapText(std::string_view text, std::string_view first, std::string_view rest);

// Control characters made visible, at most `columns` wide, cut with "…".
std::string OneLine(std::string_view text, std::size_t columns);

// Exactly `columns` wide: cut with "…" or filled with spaces.
std::string Cell(std::string_view text, std::size_t columns);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_WRAP_TEXT_H_
