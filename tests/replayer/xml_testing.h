// A small strict reader of XML, to read back what we write: elements, attributes, text, the five
// named and the numeric entities. No DTD, no comments, no CDATA: we write none.
#ifndef REDRIVE_TESTS_REPLAYER_XML_TESTING_H_
#define REDRIVE_TESTS_REPLAYER_XML_TESTING_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redrive {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // of this element only, entities undone
  std::vector<XmlElement> children;
};

// Empty when `xml` is not well-formed.
std::optional<XmlElement> ParseXml(std::string_view xml);

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_XML_TESTING_H_
