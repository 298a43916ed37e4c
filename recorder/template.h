// Template: a text of a scenario with "${...}" in it. Parsed once, when the scenario is read;
// rendered for each request by the plan, from the seed alone. What only a response can tell stays a
// hole that the virtual user fills before it sends.
#ifndef REDRIVE_RECORDER_TEMPLATE_H_
#define REDRIVE_RECORDER_TEMPLATE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/rng.h"
#include "recorder/data_table.h"

namespace redrive {

// What a scenario takes from outside: environment variables for ${env(NAME)} and, by FileKey, the
// files of its "data". The program gives the real ones, tests a map.
using EnvLookup = std::function<std::optional<std::string>(std::string_view name)>;

// The key of a file in EnvLookup; no environment variable can be called so.
inline std::string FileKey(std::string_view name) { return "file:" + std::string(name); }

// Where the text stands decides how a value is written into it.
enum class Quoting : std::uint8_t {
  kNone,        // a name, a text body
  kHeader,      // a header's value: a line break in it would be another header, so none is written
  kUrl,         // percent-encoded but for unreserved characters (RFC 3986, 2.3)
  kJsonInside,  // within a JSON string, escaped
  kJsonWhole,   // in place of a JSON value: numbers stay numbers, texts are quoted
};

// What a part of a template is. The kinds from kVariable on are holes.
enum class PartKind : std::uint8_t {
  kLiteral,
  kLetters,    // letters(n): lower case
  kUpper,      // upper(n)
  kDigits,     // digits(n)
  kHex,        // hex(n): lower case
  kUuid,       // uuid: version 4
  kInt,        // int(first, last), both included
  kChoice,     // choice(a, b, "c, d")
  kPhone,      // phone: "+91" and ten digits from 7000000000
  kDate,       // date or date(-365): YYYY-MM-DD, UTC, of the intended time
  kDateTime,   // datetime or datetime(seconds): YYYY-MM-DDThh:mm:ssZ
  kUser,       // user: the virtual user's number, from 0
  kIteration,  // iteration: the number of its action, from 0; in setup the number of the repeat
  kVariable,   // name: extracted from a response, the user's own before the global one
  kPick,     // pick(list) or pick(list, label): an element of a list made in setup; the same label
             // in the same iteration picks the same position, in other lists too
  kElement,  // list[user], list[iteration] or list[3]: by position, modulo the length
  kStatus,   // status: of the response; only in "failure" texts
  kData,     // table.column: a value of "data"; no hole
};

struct TemplatePart {
  PartKind kind = PartKind::kLiteral;
  Quoting quoting = Quoting::kNone;
  std::string text;                  // the literal, the variable, the list
  std::vector<std::string> choices;  // kChoice
  std::int64_t first = 0;            // a length, an offset, a first value, a position
  std::int64_t last = 0;
  // kData: `first` is the table, `last` the column.
  PartKind position = PartKind::kLiteral;  // kElement: kUser, kIteration, or kLiteral for `first`
  std::uint64_t site = 0;                  // label of this part's draws
};

struct Template {
  std::vector<TemplatePart> parts;
  [[nodiscard]] bool IsLiteral() const;
};

struct TemplateContext {
  Quoting quoting = Quoting::kNone;
  std::uint64_t site = 0;                        // draws of part i are labelled site + i
  const EnvLookup* env = nullptr;                // null: ${env(...)} gives its default
  bool status_known = false;                     // ${status} is allowed
  const std::vector<DataTable>* data = nullptr;  // null: there is none
  // Receives each NAME of env(NAME, …) with the value taken; may be null.
  std::vector<std::pair<std::string, std::string>>* env_used = nullptr;
};

// "$${" is a literal "${". The error says what is wrong and what was expected, without a place.
[[nodiscard]] Result<Template> ParseTemplate(std::string_view text, const TemplateContext& context);

// A value that only the run can tell, to be put in at `offset` of the text around it.
struct Hole {
  std::size_t offset = 0;
  PartKind kind = PartKind::kVariable;  // kVariable, kPick, kElement
  Quoting quoting = Quoting::kNone;
  const std::string* name = nullptr;  // variable or list; the scenario owns it
  std::uint32_t draw = 0;             // kPick: position is draw * length / 2^32
  std::uint64_t position = 0;         // kElement: modulo length
};

// Which element of a list with `size` elements a kPick or kElement means. REQUIRES: size > 0.
inline std::uint64_t PositionOf(const Hole& hole, std::uint64_t size) {
  return hole.kind == PartKind::kPick ? hole.draw * size >> 32 : hole.position % size;
}

struct PlannedText {
  std::string text;
  std::vector<Hole> holes;  // ascending by offset
};

// What a rendering depends on.
struct RenderContext {
  Rng rng{0};  // of this user and iteration; split by the parts' sites
  std::uint32_t user = 0;
  std::uint32_t iteration = 0;
  std::int64_t unix_seconds = 0;                 // the intended time as a calendar instant
  const std::vector<DataTable>* data = nullptr;  // as it was for the parser
  std::uint32_t data_user = 0;  // whose row it is: the user; in setup the number of the repeat
};

PlannedText Render(const Template& source, const RenderContext& context);

// "YYYY-MM-DD" and "YYYY-MM-DDThh:mm:ssZ" of a UTC instant.
std::string DateText(std::int64_t unix_seconds);
std::string DateTimeText(std::int64_t unix_seconds);

// Writes `value` into `out` as `quoting` asks. `raw_json` says that the value is a JSON number,
// true, false or null as written.
void AppendQuoted(std::string_view value, bool raw_json, Quoting quoting, std::string* out);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TEMPLATE_H_
