#include "tests/replayer/xml_testing.h"

#include <cctype>

namespace redrive {
namespace {

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}

  std::optional<XmlElement> Document() {
    constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    if (!text_.starts_with(kHead)) return std::nullopt;
    at_ = kHead.size();
    SkipSpace();
    XmlElement root;
    if (!Element(&root)) return std::nullopt;
    SkipSpace();
    return at_ == text_.size() ? std::optional<XmlElement>(root) : std::nullopt;
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::string Name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '-' || text_[at_] == '_')) {
      ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }
  // One character of text or of an attribute's value; the caller has looked for its end.
  bool Character(std::string* out) {
    const char c = text_[at_];
    if (c == '<' || (static_cast<unsigned char>(c) < 0x20 && !IsSpace(c))) return false;
    if (c != '&') {
      *out += c;
      ++at_;
      return true;
    }
    const std::pair<const char*, char> entities[] = {{"&amp;", '&'},   {"&lt;", '<'},
                                                     {"&gt;", '>'},    {"&quot;", '"'},
                                                     {"&apos;", '\''}, {"&#10;", '\n'}};
    for (const auto& [entity, meaning] : entities) {
      if (!Take(entity)) continue;
      *out += meaning;
      return true;
    }
    return false;
  }
  bool Attributes(XmlElement* element) {
    for (SkipSpace(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/'; SkipSpace()) {
      const std::string name = Name();
      if (name.empty() || !Take("=\"") || element->attributes.contains(name)) return false;
      std::string& value = element->attributes[name];
      while (at_ < text_.size() && text_[at_] != '"') {
        if (!Character(&value)) return false;
      }
      if (!Take("\"")) return false;
    }
    return true;
  }
  bool Element(XmlElement* element) {
    if (!Take("<")) return false;
    element->name = Name();
    if (element->name.empty() || !Attributes(element)) return false;
    if (Take("/>")) return true;
    if (!Take(">")) return false;
    while (!text_.substr(at_).starts_with("</")) {
      if (at_ >= text_.size()) return false;
      if (text_[at_] == '<') {
        if (!Element(&element->children.emplace_back())) return false;
      } else if (!Character(&element->text)) {
        return false;
      }
    }
    return Take("</" + element->name + ">");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<XmlElement> ParseXml(std::string_view xml) { return XmlReader(xml).Document(); }

}  // namespace redrive
