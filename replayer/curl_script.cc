// The requests of a counterexample as a shell script.
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "replayer/case_edit.h"
#include "replayer/counterexample.h"
#include "replayer/lane_chart.h"

namespace redrive {
namespace {

constexpr std::string_view kHead = R"sh(set -u
base=${1:-http://127.0.0.1:8001}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# send FILE METHOD PATH [CURL OPTIONS]: keeps the answer, prints its status and how it begins.
send() {
  file=$work/$1
  method=$2
  path=$3
  shift 3
  status=$(curl -sS -g -o "$file" -D "$file.headers" -w '%{http_code}' -X "$method" "$@" \
    "$base$path")
  printf '%s %s %s: %s %s\n' "${file##*/}" "$method" "$path" "$status" "$(head -c 400 "$file")"
}
)sh";

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// One line, so that nothing of it can end a comment.
std::string Comment(std::string_view text) {
  std::string line = "# ";
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return line + "\n";
}

// "env(NAME, default)" as the shell says it.
std::string EnvWord(std::string_view call) {
  const std::size_t close = call.rfind(')');
  const std::string_view inside =
      call.substr(4, close == std::string_view::npos ? close : close - 4);
  const std::size_t comma = inside.find(',');
  std::string word = "\"${" + std::string(inside.substr(0, comma));
  if (comma != std::string_view::npos) {
    std::size_t begin = inside.find_first_not_of(' ', comma + 1);
    if (begin == std::string_view::npos) begin = inside.size();
    word += ":-" + std::string(inside.substr(begin));
  }
  return word + "}\"";
}

// A template as one word: what is literal in single quotes, variables in double ones. Within JSON a
// text that is one variable stands for the value itself, so its quotes go.
std::string Word(std::string_view text, bool json, std::set<std::string>* whole) {
  std::string word;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) word += Quoted(literal);
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("$${")) {
      literal += "${";
      at += 3;
      continue;
    }
    const std::size_t close = text.substr(at).starts_with("${") ? text.find('}', at) : text.npos;
    if (close == std::string_view::npos) {
      literal += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 2, close - at - 2);
    at = close + 1;
    if (name.starts_with("env(")) {
      flush();
      word += EnvWord(name);
    } else if (json && literal.ends_with('"') && at < text.size() && text[at] == '"') {
      literal.pop_back();
      flush();
      word += "\"$" + std::string(name) + "_json\"";
      whole->insert(std::string(name));
      ++at;
    } else {
      flush();
      word += "\"$" + std::string(name) + "\"";
    }
  }
  flush();
  return word.empty() ? "''" : word;
}

std::string Unescaped(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const std::string_view rest = segment.substr(i);
    if (rest.starts_with("~0") || rest.starts_with("~1")) {
      text += rest[1] == '0' ? '~' : '/';
      ++i;
    } else {
      text += segment[i];
    }
  }
  return text;
}

// A JSON pointer of the scenario language as a filter of jq.
std::string JqFilter(std::string_view pointer) {
  const auto string = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  std::string filter;
  bool plain = false;  // so far it is .a.b, which .c may follow
  const auto member = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRS"
                                "TUVWXYZ") == std::string::npos;
  };
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    const std::string segment = Unescaped(pointer.substr(at + 1, end - at - 1));
    const std::size_t equals = segment.find('=');
    const bool digits =
        !segment.empty() && segment.find_first_not_of("0123456789") == std::string::npos;
    if (segment.starts_with('[') && segment.ends_with(']') && equals != std::string::npos) {
      const std::string key = segment.substr(1, equals - 1);
      const std::string value = segment.substr(equals + 1, segment.size() - equals - 2);
      filter +=
          " | map(select((.[" + string(key) + "] | tostring) == " + string(value) + ")) | first";
    } else if (digits) {
      filter +=
          " | if type == \"array\" then .[" + segment + "] else .[" + string(segment) + "] end";
    } else {
      filter += !member(segment)   ? " | .[" + string(segment) + "]"
                : plain || at == 0 ? "." + segment
                                   : " | ." + segment;
    }
    plain = member(segment);
    at = end;
  }
  if (filter.empty()) return ".";
  return filter.starts_with(" | ") ? filter.substr(3) : filter;
}

class Script {
 public:
  explicit Script(const Case& source) : source_(source) {
    // Known before the values are taken: which variables are needed as JSON.
    for (const CaseRequest& request : source.setup) Send(request, "x");
    for (const CaseLane& lane : source.lanes) {
      for (const CaseRequest& request : lane.requests) Send(request, "x");
    }
    for (const CaseRequest& request : source.audit) Send(request, "x");
  }

  std::string Body() {
    std::string text = "\n# Before: one after the other.\n";
    for (const CaseRequest& request : source_.setup) text += Block(request, "setup", "");
    for (std::size_t lane = 0; lane < source_.lanes.size(); ++lane) {
      const std::string letter = LaneLetter(static_cast<std::uint32_t>(lane));
      text += "\nuser_" + letter + "() {\n";
      number_ = 0;
      for (const CaseRequest& request : source_.lanes[lane].requests) {
        text += Block(request, letter, "  ");
      }
      text += "}\n";
    }
    text += "\n# At the same time.\n";
    for (std::size_t lane = 0; lane < source_.lanes.size(); ++lane) {
      text += "user_" + LaneLetter(static_cast<std::uint32_t>(lane)) + " &\n";
    }
    text += "wait\n";
    number_ = 0;
    if (!source_.audit.empty()) text += "\n# What is left when all are done.\n";
    for (const CaseRequest& request : source_.audit) text += Block(request, "audit", "");
    return text;
  }

 private:
  std::string Send(const CaseRequest& request, const std::string& file) {
    std::string line =
        "send " + file + " " + request.method + " " + Word(request.path, false, &whole_);
    for (const CaseHeader& header : request.headers) {
      line += " \\\n    -H " + Word(header.name + ": " + header.value, false, &whole_);
    }
    if (request.body_kind == BodyKind::kNone) return line + "\n";
    const bool json = request.body_kind == BodyKind::kJson;
    if (json) line += " \\\n    -H 'Content-Type: application/json'";
    return line + " \\\n    --data-binary " + Word(request.body, json, &whole_) + "\n";
  }

  std::string Block(const CaseRequest& request, const std::string& who, const std::string& indent) {
    const std::string file = who + std::to_string(++number_);
    std::string text = indent + Send(request, file);
    for (const Extract& extract : request.extract) {
      text += indent + extract.variable + "=$(" + Take(extract, file, "-r") + ")\n";
      if (!whole_.contains(extract.variable)) continue;
      text += indent + extract.variable + "_json=$(" + Take(extract, file, "-c") + ")\n";
    }
    return text;
  }

  static std::string Take(const Extract& extract, const std::string& file, const std::string& how) {
    const auto string = [](const std::string& text) {
      return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    const std::string raw = how == "-r" ? "-Rsr " : "-Rsc ";
    switch (extract.from) {
      case ExtractFrom::kJson:
        break;
      case ExtractFrom::kHeader:
        return "jq " + raw +
               Quoted("split(\"\\r\\n\") | map(select(ascii_downcase | startswith(" +
                      string(extract.place + ":") + " | ascii_downcase))) | first | .[" +
                      std::to_string(extract.place.size() + 1) + ":] | ltrimstr(\" \")") +
               " \"$work/" + file + ".headers\"";
      case ExtractFrom::kBetween:
        return "jq " + raw +
               Quoted("split(" + string(extract.place) + ")[1] | split(" + string(extract.until) +
                      ")[0]") +
               " \"$work/" + file + "\"";
    }
    return "jq " + how + " " + Quoted(JqFilter(extract.place)) + " \"$work/" + file + "\"";
  }

  const Case& source_;
  std::size_t number_ = 0;
  std::set<std::string> whole_;
};

}  // namespace

std::string CurlScript(const Counterexample& counterexample, const std::string& replay_command) {
  std::string text = "#!/bin/sh\n" + Comment(IdentityText(counterexample.identity));
  if (counterexample.violation.nature == Nature::kRace && counterexample.preemptions > 0) {
    text += Comment("Shows the requests; whether they race when sent at the same time needs luck.");
  } else {
    text += Comment("Shows the requests; no luck is needed, their order alone does it.");
  }
  if (!replay_command.empty()) text += Comment("The sure way: " + replay_command);
  text += Comment("A fresh target to try it on: redrive workshop --listen 127.0.0.1:8001");
  text += Comment("Wrong, as it was found: " + counterexample.violation.what);
  text += Comment("Needs curl and jq. Usage: sh THIS-FILE [BASE-URL]");
  text += kHead;
  Script script(counterexample.source);
  return text + script.Body();
}

}  // namespace redrive
