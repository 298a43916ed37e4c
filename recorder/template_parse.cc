// Reading the "${…}" of templates.
#include <algorithm>
#include <array>
#include <charconv>

#include "recorder/nearest.h"
#include "recorder/template.h"

namespace redrive {
namespace {

constexpr std::size_t kPartsMax = 1'000;
constexpr std::int64_t kLengthMax = 100'000;

struct FunctionRule {
  std::string_view name;
  PartKind kind;
  std::size_t arguments_min;
  std::size_t arguments_max;
  std::string_view usage;
};

constexpr std::array kFunctions = {
    FunctionRule{"letters", PartKind::kLetters, 1, 1, "letters(count)"},
    FunctionRule{"upper", PartKind::kUpper, 1, 1, "upper(count)"},
    FunctionRule{"digits", PartKind::kDigits, 1, 1, "digits(count)"},
    FunctionRule{"hex", PartKind::kHex, 1, 1, "hex(count)"},
    FunctionRule{"uuid", PartKind::kUuid, 0, 0, "uuid"},
    FunctionRule{"int", PartKind::kInt, 2, 2, "int(first, last)"},
    FunctionRule{"choice", PartKind::kChoice, 1, 1'000, "choice(a, b, …)"},
    FunctionRule{"phone", PartKind::kPhone, 0, 0, "phone"},
    FunctionRule{"date", PartKind::kDate, 0, 1, "date or date(days)"},
    FunctionRule{"datetime", PartKind::kDateTime, 0, 1, "datetime or datetime(seconds)"},
    FunctionRule{"user", PartKind::kUser, 0, 0, "user"},
    FunctionRule{"iteration", PartKind::kIteration, 0, 0, "iteration"},
    FunctionRule{"pick", PartKind::kPick, 1, 2, "pick(list) or pick(list, label)"},
    FunctionRule{"status", PartKind::kStatus, 0, 0, "status"},
};

Error Wrong(std::string message) { return Error{ErrorCode::kInvalid, std::move(message)}; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsName(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

bool ToInteger(std::string_view text, std::int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// "a, 'b, c', \"d\"" into its parts, without quotes.
Result<std::vector<std::string>> SplitArguments(std::string_view text) {
  std::vector<std::string> arguments;
  text = Trim(text);
  if (text.empty()) return arguments;
  while (true) {
    text = Trim(text);
    if (!text.empty() && (text[0] == '"' || text[0] == '\'')) {
      const std::size_t end = text.find(text[0], 1);
      if (end == std::string_view::npos) return Wrong("a quote in the arguments is not closed");
      arguments.emplace_back(text.substr(1, end - 1));
      text = Trim(text.substr(end + 1));
      if (!text.empty() && text[0] != ',') {
        return Wrong("expected ',' or ')' behind the quoted argument");
      }
    } else {
      const std::size_t end = text.find(',');
      arguments.emplace_back(Trim(text.substr(0, end)));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    if (text.empty()) return arguments;
    text.remove_prefix(1);
  }
}

std::string KnownFunctions() {
  std::string text;
  for (const FunctionRule& rule : kFunctions) {
    text += (text.empty() ? "" : ", ") + std::string(rule.name);
  }
  return text + ", env";
}

// Fills lengths, ranges, offsets and names of a generator from its arguments.
Result<void> TakeArguments(const FunctionRule& rule, const std::vector<std::string>& arguments,
                           TemplatePart* part) {
  if (arguments.size() < rule.arguments_min || arguments.size() > rule.arguments_max) {
    return Wrong("expected " + std::string(rule.usage));
  }
  switch (rule.kind) {
    case PartKind::kLetters:
    case PartKind::kUpper:
    case PartKind::kDigits:
    case PartKind::kHex:
      if (!ToInteger(arguments[0], &part->first) || part->first < 1 || part->first > kLengthMax) {
        return Wrong("expected " + std::string(rule.usage) + " with a count from 1 to 100000");
      }
      break;
    case PartKind::kInt:
      if (!ToInteger(arguments[0], &part->first) || !ToInteger(arguments[1], &part->last) ||
          part->first > part->last) {
        return Wrong("expected int(first, last) with whole numbers, first <= last");
      }
      break;
    case PartKind::kDate:
    case PartKind::kDateTime:
      if (!arguments.empty() && (!ToInteger(arguments[0], &part->first) ||
                                 part->first > 4'000'000'000 || part->first < -4'000'000'000)) {
        return Wrong("expected " + std::string(rule.usage) + " with a whole number");
      }
      if (rule.kind == PartKind::kDate && (part->first > 400'000 || part->first < -400'000)) {
        return Wrong("expected date(days) with at most 400000 days");
      }
      break;
    case PartKind::kChoice:
      part->choices = arguments;
      break;
    case PartKind::kPick:
      if (!IsName(arguments[0]))
        return Wrong("expected the name of a list in " + std::string(rule.usage));
      part->text = arguments[0];
      if (arguments.size() == 2) part->site = HashName("pick:" + arguments[1]);
      break;
    default:
      break;
  }
  return {};
}

// ${env(NAME, default)}: becomes a literal now.
Result<TemplatePart> ResolveEnv(const std::vector<std::string>& arguments,
                                const TemplateContext& context) {
  if (arguments.empty() || arguments.size() > 2 || !IsName(arguments[0])) {
    return Wrong("expected env(NAME) or env(NAME, default)");
  }
  std::optional<std::string> value;
  if (context.env != nullptr && *context.env) value = (*context.env)(arguments[0]);
  if (!value && arguments.size() == 1) {
    return Wrong("the environment variable " + arguments[0] +
                 " is not set; set it, or give a default: env(" + arguments[0] + ", value)");
  }
  const std::string& taken = value ? *value : arguments[1];
  if (context.env_used != nullptr) {
    const std::pair<std::string, std::string> entry(arguments[0], taken);
    auto& used = *context.env_used;
    if (std::find(used.begin(), used.end(), entry) == used.end()) used.push_back(entry);
  }
  TemplatePart part;
  AppendQuoted(taken, false, context.quoting, &part.text);
  return part;
}

// list[user], list[iteration], list[3]
Result<TemplatePart> ParseElement(std::string_view expression, std::size_t bracket) {
  TemplatePart part;
  part.kind = PartKind::kElement;
  part.text = std::string(Trim(expression.substr(0, bracket)));
  const std::string_view position =
      Trim(expression.substr(bracket + 1, expression.size() - bracket - 2));
  if (!IsName(part.text)) return Wrong("expected the name of a list before '['");
  if (position == "user") {
    part.position = PartKind::kUser;
  } else if (position == "iteration") {
    part.position = PartKind::kIteration;
  } else if (!ToInteger(position, &part.first) || part.first < 0) {
    return Wrong("expected " + part.text + "[user], " + part.text + "[iteration] or " + part.text +
                 "[number]");
  }
  return part;
}

std::vector<std::string> NamesOf(const std::vector<DataTable>& tables) {
  std::vector<std::string> names;
  for (const DataTable& table : tables) names.push_back(table.name);
  return names;
}

// "table.column", or "table" where its rows are scalars.
Result<TemplatePart> ParseData(std::string_view name, std::string_view column,
                               const std::vector<DataTable>& tables) {
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const DataTable& each) { return each.name == name; });
  if (table == tables.end()) {
    return Wrong("no table \"" + std::string(name) + "\" in \"data\"" +
                 DidYouMean(name, NamesOf(tables)));
  }
  const auto found = std::find(table->columns.begin(), table->columns.end(), column);
  if (found == table->columns.end()) {
    if (table->columns.front().empty()) {
      return Wrong("the rows of \"" + table->name + "\" are single values: write ${" + table->name +
                   "}");
    }
    std::string known;
    for (const std::string& each : table->columns) {
      known += (known.empty() ? "" : ", ") + table->name + "." + each;
    }
    return Wrong("no column \"" + std::string(column) + "\"" + DidYouMean(column, table->columns) +
                 "; there are " + known.substr(0, 500));
  }
  TemplatePart part;
  part.kind = PartKind::kData;
  part.text = std::string(name) + (column.empty() ? "" : "." + std::string(column));
  part.first = table - tables.begin();
  part.last = found - table->columns.begin();
  return part;
}

bool IsTable(std::string_view name, const TemplateContext& context) {
  return context.data != nullptr &&
         std::any_of(context.data->begin(), context.data->end(),
                     [&](const DataTable& table) { return table.name == name; });
}

Result<TemplatePart> ParseExpression(std::string_view expression, const TemplateContext& context) {
  expression = Trim(expression);
  const std::size_t bracket = expression.find('[');
  const std::size_t open = expression.find('(');
  if (bracket != std::string_view::npos && expression.back() == ']' &&
      open == std::string_view::npos) {
    return ParseElement(expression, bracket);
  }
  const bool call = open != std::string_view::npos;
  if (call && expression.back() != ')') return Wrong("expected ')' at the end");
  const std::string name(Trim(expression.substr(0, open)));
  std::vector<std::string> arguments;
  if (call) {
    auto split = SplitArguments(expression.substr(open + 1, expression.size() - open - 2));
    if (!split) return split.error();
    arguments = std::move(*split);
  }
  if (name == "env") return ResolveEnv(arguments, context);
  for (const FunctionRule& rule : kFunctions) {
    if (rule.name != name) continue;
    TemplatePart part;
    part.kind = rule.kind;
    if (rule.kind == PartKind::kStatus && !context.status_known) {
      return Wrong("${status} is known in \"failure\" texts only");
    }
    const auto taken = TakeArguments(rule, arguments, &part);
    if (!taken) return taken.error();
    return part;
  }
  if (call) {
    std::vector<std::string> known{"env"};
    for (const FunctionRule& rule : kFunctions) known.emplace_back(rule.name);
    return Wrong("unknown generator \"" + name + "\"" + DidYouMean(name, known) + "; known are " +
                 KnownFunctions());
  }
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos && IsName(name.substr(0, dot))) {
    static const std::vector<DataTable> kNone;
    return ParseData(name.substr(0, dot), name.substr(dot + 1),
                     context.data == nullptr ? kNone : *context.data);
  }
  if (!IsName(name)) {
    return Wrong(
        "expected a variable (letters, digits, '_'), table.column, list[position] or "
        "generator(…)");
  }
  if (IsTable(name, context)) return ParseData(name, "", *context.data);
  TemplatePart part;
  part.kind = PartKind::kVariable;
  part.text = name;
  return part;
}

// The file's own text is taken as it is, but within a JSON string it must be escaped again.
void AppendLiteral(std::string_view text, Quoting quoting, std::vector<TemplatePart>* parts) {
  if (text.empty()) return;
  if (parts->empty() || parts->back().kind != PartKind::kLiteral) parts->emplace_back();
  AppendQuoted(text, false, quoting == Quoting::kJsonInside ? quoting : Quoting::kNone,
               &parts->back().text);
}

// The end of the expression that starts behind "${": the first '}' outside quotes.
std::size_t FindEnd(std::string_view text, std::size_t from) {
  char quote = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '}') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Template> ParseTemplate(std::string_view text, const TemplateContext& context) {
  Template result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("${", at);
    if (open == std::string_view::npos) break;
    if (open > at && text[open - 1] == '$') {  // "$${" is a literal "${"
      AppendLiteral(text.substr(at, open - at), context.quoting, &result.parts);
      AppendLiteral("{", context.quoting, &result.parts);
      at = open + 2;
      continue;
    }
    AppendLiteral(text.substr(at, open - at), context.quoting, &result.parts);
    const std::size_t end = FindEnd(text, open + 2);
    if (end == std::string_view::npos) {
      return Wrong("\"${\" is not closed by \"}\"; write \"$${\" for a literal \"${\"");
    }
    auto part = ParseExpression(text.substr(open + 2, end - open - 2), context);
    if (!part) {
      return Wrong("in " + std::string(text.substr(open, end - open + 1)) + ": " +
                   part.error().message);
    }
    part->quoting = context.quoting;
    if (part->site == 0) part->site = context.site + result.parts.size();
    result.parts.push_back(std::move(*part));
    if (result.parts.size() > kPartsMax) return Wrong("more than 1000 \"${…}\" in one text");
    at = end + 1;
  }
  AppendLiteral(text.substr(std::min(at, text.size())), context.quoting, &result.parts);
  return result;
}

}  // namespace redrive
