// SpecReader: reads one JSON object of a check declaration; the first error wins and names its
// path.
#ifndef REDRIVE_REPLAYER_CHECK_PARSE_H_
#define REDRIVE_REPLAYER_CHECK_PARSE_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "replayer/check_values.h"

namespace redrive {

// A number from the declaration, or one read from an operation, per item where `key` says so.
struct NumberSource {
  std::optional<Decimal> fixed;
  Selector requests;
  KeyExpression key;
  Expression value;
};

// Some operations and how much each changes the number of its item.
struct Change {
  Selector requests;
  KeyExpression key;
  Expression quantity;
  std::optional<JsonPointer> each;  // changes within one request body; item: looks below it
};

// Every getter marks its key as known; after an error the getters return empty values, so a parser
// reads straight through and asks error() at the end.
class SpecReader {
 public:
  // `error` and `object` must outlive the reader.
  SpecReader(const nlohmann::json& object, std::string path, std::optional<Error>& error);

  bool Has(std::string_view key);
  std::string Text(std::string_view key, std::string_view fallback);
  bool Flag(std::string_view key, bool fallback);
  std::int64_t Integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max);
  std::int64_t RequiredInteger(std::string_view key, std::int64_t min, std::int64_t max);
  Decimal Number(std::string_view key, std::string_view fallback);  // a number or its text
  Expression Required(std::string_view key);
  std::optional<Expression> Optional(std::string_view key);
  // One expression or an array of them; `required` or empty.
  KeyExpression Key(std::string_view key, bool required);
  // A text or an array of them; empty when absent.
  std::vector<std::string> Texts(std::string_view key);
  std::vector<JsonPointer> Pointers(std::string_view key);
  std::optional<JsonPointer> Pointer(std::string_view key);
  std::vector<Condition> Conditions(std::string_view key);
  // Reads "requests", "phases", "outcome" and "where" of this object.
  Selector OwnSelector(bool names_required);
  // A selector under `key`: a name, an array of names, or an object.
  std::optional<Selector> SelectorAt(std::string_view key);
  std::optional<NumberSource> NumberAt(std::string_view key);
  std::vector<Change> ChangesAt(std::string_view key);
  // An object under `key`, or null; read it with a SpecReader of its own.
  const nlohmann::json* ObjectAt(std::string_view key);
  [[nodiscard]] std::string PathOf(std::string_view key) const;
  std::optional<Error>& error() { return *error_; }

  void Fail(std::string_view key, const std::string& what);
  // Reports keys that no getter asked for.
  void Finish();

 private:
  const nlohmann::json* Find(std::string_view key);
  Expression ExpressionFrom(const nlohmann::json& value, std::string_view key);
  std::vector<std::string> Names(const nlohmann::json& value, std::string_view key);

  const nlohmann::json* object_;
  std::string path_;
  std::optional<Error>* error_;
  std::vector<std::string> known_;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECK_PARSE_H_
