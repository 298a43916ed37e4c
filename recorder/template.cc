#include "recorder/template.h"

#include <algorithm>
#include <cstdio>

#include "core/check.h"
#include "recorder/json_pointer.h"

namespace redrive {
namespace {

void AppendRandom(std::string_view alphabet, std::int64_t count, Rng rng, std::string* out) {
  const std::size_t begin = out->size();
  out->resize(begin + static_cast<std::size_t>(count));
  for (std::size_t at = begin; at < out->size(); ++at) {
    const std::uint64_t index = rng.Below(alphabet.size());
    (*out)[at] = alphabet[index];
  }
}

std::string UuidText(Rng rng) {
  const std::uint64_t high = (rng.Next() & ~0xf000ULL) | 0x4000ULL;
  const std::uint64_t low = (rng.Next() & ~(3ULL << 62)) | (2ULL << 62);
  const std::string text = ToHex(high) + ToHex(low);
  return text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) + "-" +
         text.substr(16, 4) + "-" + text.substr(20);
}

// What random characters are taken from, all of which stand for themselves in every quoting; ""
// for other kinds.
std::string_view AlphabetOf(PartKind kind) {
  switch (kind) {
    case PartKind::kLetters:
      return "abcdefghijklmnopqrstuvwxyz";
    case PartKind::kUpper:
      return "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    case PartKind::kDigits:
      return "0123456789";
    case PartKind::kHex:
      return "0123456789abcdef";
    default:
      return "";
  }
}

// The value of a generator. REQUIRES: `part` is neither literal nor hole, and has no alphabet.
std::string Generate(const TemplatePart& part, const RenderContext& context) {
  Rng rng = context.rng.Split(part.site);
  std::string value;
  switch (part.kind) {
    case PartKind::kUuid:
      value = UuidText(rng);
      break;
    case PartKind::kInt:
      value = std::to_string(rng.Between(part.first, part.last));
      break;
    case PartKind::kChoice:
      value = part.choices[rng.Below(part.choices.size())];
      break;
    case PartKind::kPhone:
      value = "+91" + std::to_string(rng.Between(7'000'000'000, 9'999'999'999));
      break;
    case PartKind::kDate:
      value = DateText(context.unix_seconds + part.first * 86'400);
      break;
    case PartKind::kDateTime:
      value = DateTimeText(context.unix_seconds + part.first);
      break;
    case PartKind::kUser:
      value = std::to_string(context.user);
      break;
    case PartKind::kIteration:
      value = std::to_string(context.iteration);
      break;
    case PartKind::kLiteral:
    case PartKind::kLetters:
    case PartKind::kUpper:
    case PartKind::kDigits:
    case PartKind::kHex:
    case PartKind::kVariable:
    case PartKind::kPick:
    case PartKind::kElement:
    case PartKind::kStatus:
    case PartKind::kData:
      REDRIVE_CHECK(false);
  }
  return value;
}

Hole MakeHole(const TemplatePart& part, const RenderContext& context) {
  Hole hole;
  hole.kind = part.kind;
  hole.quoting = part.quoting;
  hole.name = &part.text;
  if (part.kind == PartKind::kPick) {
    Rng rng = context.rng.Split(part.site);
    hole.draw = static_cast<std::uint32_t>(rng.Next() >> 32);
  } else if (part.kind == PartKind::kElement) {
    hole.position = part.position == PartKind::kUser ? context.user
                    : part.position == PartKind::kIteration
                        ? context.iteration
                        : static_cast<std::uint64_t>(part.first);
  }
  return hole;
}

// All columns of a table are of the same row within an action, wherever they stand.
const DataValue& ValueOf(const TemplatePart& part, const RenderContext& context) {
  REDRIVE_CHECK(context.data != nullptr);
  const DataTable& table = context.data->at(static_cast<std::size_t>(part.first));
  std::uint64_t row = context.data_user;
  if (table.pick == DataPick::kIteration) row = context.iteration;
  if (table.pick == DataPick::kRandom) {
    Rng rng = context.rng.Split("data").Split(table.name);
    row = rng.Below(table.rows());
  }
  return table.At(row % table.rows(), static_cast<std::size_t>(part.last));
}

struct CivilDate {
  std::int64_t year;
  int month;
  int day;
};

// The proleptic Gregorian date of a day since 1970-01-01 (Hinnant, "chrono-compatible low-level
// date algorithms", civil_from_days).
CivilDate CivilFromDays(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::int64_t FloorDivide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::size_t SizeGuess(const Template& source) {
  constexpr std::size_t kOther = 16;
  std::size_t size = 0;
  for (const TemplatePart& part : source.parts) {
    size += part.kind == PartKind::kLiteral ? part.text.size()
            : AlphabetOf(part.kind).empty() ? kOther
                                            : static_cast<std::size_t>(part.first) + 2;
  }
  return size;
}

}  // namespace

bool Template::IsLiteral() const {
  return std::all_of(parts.begin(), parts.end(),
                     [](const TemplatePart& part) { return part.kind == PartKind::kLiteral; });
}

PlannedText Render(const Template& source, const RenderContext& context) {
  PlannedText result;
  result.text.reserve(SizeGuess(source));
  for (const TemplatePart& part : source.parts) {
    const std::string_view alphabet = AlphabetOf(part.kind);
    if (part.kind == PartKind::kLiteral) {
      result.text += part.text;
    } else if (!alphabet.empty()) {
      const bool quotes = part.quoting == Quoting::kJsonWhole;
      if (quotes) result.text += '"';
      AppendRandom(alphabet, part.first, context.rng.Split(part.site), &result.text);
      if (quotes) result.text += '"';
    } else if (part.kind == PartKind::kData) {
      const DataValue& value = ValueOf(part, context);
      AppendQuoted(value.text, value.raw_json, part.quoting, &result.text);
    } else if (part.kind >= PartKind::kVariable) {
      Hole hole = MakeHole(part, context);
      hole.offset = result.text.size();
      result.holes.push_back(hole);
    } else {
      const bool number = part.kind == PartKind::kInt || part.kind == PartKind::kUser ||
                          part.kind == PartKind::kIteration;
      AppendQuoted(Generate(part, context), number, part.quoting, &result.text);
    }
  }
  return result;
}

void AppendQuoted(std::string_view value, bool raw_json, Quoting quoting, std::string* out) {
  switch (quoting) {
    case Quoting::kNone:
      out->append(value);
      return;
    case Quoting::kHeader:
      for (const char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') out->push_back(c);
      }
      return;
    case Quoting::kUrl:
      for (const char c : value) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        if (unreserved) {
          out->push_back(c);
        } else {
          constexpr char kHexDigits[] = "0123456789ABCDEF";
          const auto byte = static_cast<unsigned char>(c);
          out->push_back('%');
          out->push_back(kHexDigits[byte >> 4]);
          out->push_back(kHexDigits[byte & 15]);
        }
      }
      return;
    case Quoting::kJsonInside:
      AppendJsonEscaped(value, out);
      return;
    case Quoting::kJsonWhole:
      if (raw_json) {
        out->append(value);
      } else {
        out->push_back('"');
        AppendJsonEscaped(value, out);
        out->push_back('"');
      }
      return;
  }
}

std::string DateText(std::int64_t unix_seconds) {
  const CivilDate date = CivilFromDays(FloorDivide(unix_seconds, 86'400));
  char text[40];
  std::snprintf(text, sizeof text, "%04lld-%02d-%02d", static_cast<long long>(date.year),
                date.month, date.day);
  return text;
}

std::string DateTimeText(std::int64_t unix_seconds) {
  const std::int64_t second = unix_seconds - FloorDivide(unix_seconds, 86'400) * 86'400;
  char text[24];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
  return DateText(unix_seconds) + text;
}

}  // namespace redrive
