#include "replayer/wrap_text.h"

namespace redrive {
namespace {

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Bytes of the first `columns` characters.
std::size_t BytesOf(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at) {
    if (!Continues(text[at]) && seen++ == columns) return at;
  }
  return at;
}

}  // namespace

std::size_t ColumnsOf(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += Continues(c) ? 0 : 1;
  return columns;
}

std::string WrapText(std::string_view text, std::string_view first, std::string_view rest) {
  std::string wrapped;
  std::string line(first);
  bool fresh = true;  // nothing but the indent stands in the line
  const auto end_line = [&] {
    wrapped += line + "\n";
    line = rest;
    fresh = true;
  };
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t space = std::min(text.find(' ', at), text.size());
    std::string_view word = text.substr(at, space - at);
    at = space + 1;
    if (word.empty()) continue;
    if (!fresh && ColumnsOf(line) + 1 + ColumnsOf(word) > kTextColumns) end_line();
    while (ColumnsOf(line) + ColumnsOf(word) > kTextColumns) {
      const std::size_t bytes = BytesOf(word, kTextColumns - ColumnsOf(line));
      line += word.substr(0, bytes);
      word.remove_prefix(bytes);
      end_line();
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
  }
  return fresh ? wrapped : wrapped + line + "\n";
}

std::string OneLine(std::string_view text, std::size_t columns) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  if (ColumnsOf(line) <= columns) return line;
  if (columns == 0) return "";
  return line.substr(0, BytesOf(line, columns - 1)) + "…";
}

std::string Cell(std::string_view text, std::size_t columns) {
  std::string cell = OneLine(text, columns);
  return cell + std::string(columns - ColumnsOf(cell), ' ');
}

}  // namespace redrive
