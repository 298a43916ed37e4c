// Checks of single answers and their rate: tenant_isolation, response_invariant, rate_limit.
#include <algorithm>
#include <utility>

#include "replayer/declared_checker.h"

namespace redrive {
namespace {

// No answer to one organisation holds data of another, however deep.
class TenantIsolation : public DeclaredChecker {
 public:
  explicit TenantIsolation(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(false)),
        organization_(reader.Key("organization", false)),
        field_(reader.Text("field", "organization_id")) {
    if (const nlohmann::json* learn = reader.ObjectAt("learn")) {
      SpecReader inner(*learn, reader.PathOf("learn"), reader.error());
      learn_from_ = inner.OwnSelector(true);
      learn_value_ = inner.Required("value");
      inner.Finish();
    }
    if (organization_.empty() && !learn_value_) {
      reader.Fail("organization",
                  "missing: whose request it is, such as "
                  "\"header:X-Organization-ID\"; or \"learn\" it from a login");
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    const History& history = judgement.history();
    std::map<std::uint32_t, std::string> learnt;  // by virtual user
    for (const Operation& operation : history.operations()) {
      const Place place{history, operation};
      if (learn_value_ && operation.ok() && learn_from_.Matches(history, operation)) {
        if (const auto value = learn_value_->One(place)) {
          learnt[operation.invoke->user] = value->Key();
        }
      }
      if (!operation.reply || !selector_.Matches(history, operation)) continue;
      const std::optional<std::string> own = OwnOrganization(place, learnt);
      // Of a caller without an organisation nothing is known to be foreign.
      if (own) JudgeAnswer(judgement, operation, *own);
    }
  }

 private:
  [[nodiscard]] std::optional<std::string> OwnOrganization(
      const Place& place, const std::map<std::uint32_t, std::string>& learnt) const {
    for (const Expression& expression : organization_) {
      if (const auto value = expression.One(place)) return value->Key();
    }
    const auto found = learnt.find(place.operation.invoke->user);
    return found == learnt.end() ? std::nullopt : std::optional(found->second);
  }

  void JudgeAnswer(Judgement& judgement, const Operation& operation, const std::string& own) const {
    const JsonText* body = judgement.history().ResponseJson(operation);
    if (!body) return;
    judgement.Examine();
    std::map<std::string, int> foreign;  // once per organisation, however often it is shown
    body->root().ForEachBelow([&](JsonNode node) {
      if (node.kind() == JsonKind::kString && node.Key() == field_) {
        const std::string organization = node.Text();
        if (organization != own && !organization.empty()) ++foreign[organization];
      }
    });
    for (const auto& [organization, count] : foreign) {
      judgement.Violate({.shape = "foreign",
                         .key = organization,
                         .operations = {operation.id()},
                         .what = Describe(operation) + " of " + ShowKey(own) + " was shown " +
                                 std::to_string(count) + " × " + field_ + " " +
                                 ShowKey(organization) + "."});
    }
  }

  Selector selector_;
  KeyExpression organization_;
  std::string field_;
  Selector learn_from_;
  std::optional<Expression> learn_value_;
};

// A comparison that holds in every answer, or in every item of it.
class ResponseInvariant : public DeclaredChecker {
 public:
  explicit ResponseInvariant(SpecReader& reader)
      : DeclaredChecker(reader),
        any_outcome_(reader.Has("outcome")),
        selector_(reader.OwnSelector(true)),
        each_(reader.Pointers("each")),
        item_(reader.Key("item", false)),
        holds_(reader.Conditions("holds")),
        tolerance_(reader.Number("tolerance", "0")) {
    if (holds_.empty()) {
      reader.Fail("holds",
                  "missing: a condition such as [\"response:/reserved\", \"<=\", "
                  "\"response:/quantity\"]");
    }
    if (const nlohmann::json* blame = reader.ObjectAt("blame")) {
      SpecReader inner(*blame, reader.PathOf("blame"), reader.error());
      blame_ = inner.OwnSelector(true);
      blame_item_ = inner.Key("item", false);
      inner.Finish();
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    const History& history = judgement.history();
    for (const Operation* operation : selector_.Select(history)) {
      if (!operation->reply || (!any_outcome_ && !operation->ok())) continue;
      if (each_.empty() && selector_.where_item.empty()) {
        JudgePlace(judgement, {history, *operation});
        continue;
      }
      for (const JsonNode& item : ItemsOf(history, *operation, each_, selector_)) {
        JudgePlace(judgement, {history, *operation, &item});
      }
    }
  }

 private:
  void JudgePlace(Judgement& judgement, const Place& place) const {
    const std::optional<std::string> item = EvaluateKey(item_, place);
    judgement.Examine();
    for (const Condition& condition : holds_) {
      const Truth truth = condition.Test(place, tolerance_);
      if (truth == Truth::kTrue) continue;
      if (truth == Truth::kUndefined) {
        judgement.Missing(place.operation, "no values to compare: " + condition.text);
        continue;
      }
      judgement.Violate({.shape = "broken",
                         .key = item.value_or(""),
                         .operations = Witnesses(judgement, place.operation, item),
                         .what = Describe(place.operation) + " answered " +
                                 Shown(condition, place) + InGroup(item.value_or("")) + "."});
    }
  }

  static std::string Shown(const Condition& condition, const Place& place) {
    const auto shown = [&](const Expression& expression) {
      const std::optional<Value> value = expression.One(place);
      return expression.text + " = " + (value ? ShowKey(value->text) : "nothing");
    };
    std::string text = shown(condition.left);
    if (condition.right.source != Source::kLiteral) text += " and " + shown(condition.right);
    return text + ", which breaks " + condition.text;
  }

  // `causes` are in order of begin. The last two that overlap are the likeliest cause of what is
  // seen now; the others follow.
  static std::vector<std::uint64_t> LastPairFirst(const std::vector<const Operation*>& causes) {
    std::vector<std::uint64_t> ids;
    for (std::size_t i = causes.size(); i > 1 && ids.empty(); --i) {
      for (std::size_t j = i - 1; j > 0 && ids.empty(); --j) {
        const Operation& a = *causes[j - 1];
        const Operation& b = *causes[i - 1];
        if (Overlap(a, b)) ids = {a.id(), b.id()};
      }
    }
    for (const Operation* cause : causes) {
      if (std::find(ids.begin(), ids.end(), cause->id()) == ids.end()) ids.push_back(cause->id());
    }
    return ids;
  }

  // Accepted requests on the same item before the answer, and the answer.
  [[nodiscard]] std::vector<std::uint64_t> Witnesses(Judgement& judgement, const Operation& shown,
                                                     const std::optional<std::string>& item) const {
    constexpr std::size_t kWitnessesMax = 8;
    constexpr std::ptrdiff_t kCausesMax = 200;
    std::vector<const Operation*> causes;
    if (blame_) {
      for (const Operation& operation : judgement.history().operations()) {
        if (!operation.ok() || operation.begin() > shown.end()) continue;
        if (!blame_->Matches(judgement.history(), operation)) continue;
        const std::optional<std::string> about =
            EvaluateKey(blame_item_, {judgement.history(), operation});
        if (about && (blame_item_.empty() || about == item)) causes.push_back(&operation);
      }
    }
    // What came last weighs most, and looking at all pairs of many would take long.
    if (std::ssize(causes) > kCausesMax) causes.erase(causes.begin(), causes.end() - kCausesMax);
    std::vector<std::uint64_t> witnesses = LastPairFirst(causes);
    if (witnesses.size() >= kWitnessesMax) witnesses.resize(kWitnessesMax - 1);
    witnesses.push_back(shown.id());
    return witnesses;
  }

  bool any_outcome_;
  Selector selector_;
  std::vector<JsonPointer> each_;
  KeyExpression item_;
  std::vector<Condition> holds_;
  Decimal tolerance_;
  std::optional<Selector> blame_;
  KeyExpression blame_item_;
};

// Counts points by their rank; both in O(log n).
class RankCounter {
 public:
  explicit RankCounter(std::size_t size) : tree_(size + 1) {}
  void Add(std::size_t rank) {
    for (std::size_t i = rank + 1; i < tree_.size(); i += i & (~i + 1)) ++tree_[i];
  }
  [[nodiscard]] std::uint64_t Below(std::size_t rank) const {
    std::uint64_t count = 0;
    for (std::size_t i = rank; i > 0; i -= i & (~i + 1)) count += tree_[i];
    return count;
  }

 private:
  std::vector<std::uint64_t> tree_;
};

// Never more than `limit` accepted requests in a sliding window, and no refusal below it.
class RateLimit : public DeclaredChecker {
 public:
  explicit RateLimit(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        client_(reader.Key("client", false)),
        limit_(static_cast<std::uint64_t>(reader.RequiredInteger("limit", 1, 1'000'000'000))),
        window_ns_(reader.RequiredInteger("window_ms", 1, 1'000'000'000) * 1'000'000),
        limited_status_(static_cast<int>(reader.Integer("limited_status", 429, 100, 599))) {}

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Client> clients;
    for (const Operation* operation : selector_.Select(judgement.history())) {
      const std::optional<std::string> client =
          KeyOrMissing(judgement, client_, {judgement.history(), *operation});
      if (!client) continue;
      judgement.Examine();
      const bool limited = operation->status() == limited_status_;
      // Without an answer nobody knows whether it was counted.
      const bool counted = operation->status() != 0 && !limited;
      Client& mine = clients[*client];
      if (limited)
        mine.limited.push_back(operation);
      else
        (counted ? mine.counted : mine.unanswered).push_back(operation);
    }
    for (auto& [name, client] : clients) {
      JudgeExcess(judgement, name, client.counted);
      JudgeRefusals(judgement, name, client);
    }
  }

 private:
  struct Client {
    std::vector<const Operation*> counted;
    std::vector<const Operation*> limited;
    std::vector<const Operation*> unanswered;
  };

  static std::int64_t Sent(const Operation& operation) { return operation.invoke->sent_ns; }
  static std::int64_t Done(const Operation& operation) { return operation.reply->done_ns; }

  // The server counted each request somewhere between sending and answer; requests that lie wholly
  // within a span shorter than the window were certainly counted together.
  void JudgeExcess(Judgement& judgement, const std::string& client,
                   std::vector<const Operation*> counted) const {
    std::vector<std::int64_t> done;
    for (const Operation* operation : counted) done.push_back(Done(*operation));
    std::sort(done.begin(), done.end());
    std::stable_sort(counted.begin(), counted.end(),
                     [](const Operation* a, const Operation* b) { return Sent(*a) < Sent(*b); });
    const auto rank = [&](std::int64_t at) {
      return static_cast<std::size_t>(std::lower_bound(done.begin(), done.end(), at) -
                                      done.begin());
    };
    RankCounter later(done.size());
    std::int64_t reported_from = INT64_MAX;  // windows that overlap a reported one tell the same
    for (std::size_t i = counted.size(); i > 0; --i) {
      const Operation& first = *counted[i - 1];
      later.Add(rank(Done(first)));
      const std::int64_t end = Sent(first) + window_ns_;
      const std::uint64_t count = later.Below(rank(end));
      if (count <= limit_ || end > reported_from) continue;
      reported_from = Sent(first);
      ReportExcess(judgement, client, counted, i - 1, count);
    }
  }

  void ReportExcess(Judgement& judgement, const std::string& client,
                    const std::vector<const Operation*>& counted, std::size_t from,
                    std::uint64_t count) const {
    const std::int64_t end = Sent(*counted[from]) + window_ns_;
    std::vector<const Operation*> inside;
    for (std::size_t i = from; i < counted.size() && Sent(*counted[i]) < end; ++i) {
      if (Done(*counted[i]) < end) inside.push_back(counted[i]);
    }
    const Operation& excess = *inside[limit_];
    judgement.Violate({.shape = "excess",
                       .key = client,
                       .operations = {inside.front()->id(), excess.id()},
                       .what = Describe(excess) + " was let through as one of " +
                               std::to_string(count) + " within " +
                               std::to_string(window_ns_ / 1'000'000) + " ms from " +
                               Describe(*inside.front()) + ", allowed " + std::to_string(limit_) +
                               InGroup(client) + "."});
  }

  void JudgeRefusals(Judgement& judgement, const std::string& client, const Client& all) const {
    std::vector<std::int64_t> sent;
    std::vector<std::int64_t> done;
    for (const Operation* operation : all.counted) {
      sent.push_back(Sent(*operation));
      done.push_back(Done(*operation));
    }
    // An unanswered request may have been counted at any time after it was sent.
    for (const Operation* operation : all.unanswered) sent.push_back(Sent(*operation));
    std::sort(sent.begin(), sent.end());
    std::sort(done.begin(), done.end());
    for (const Operation* operation : all.limited) {
      const auto begun = std::upper_bound(sent.begin(), sent.end(), Done(*operation));
      const auto gone = std::lower_bound(done.begin(), done.end(), Sent(*operation) - window_ns_);
      const auto at_most =
          static_cast<std::uint64_t>((begun - sent.begin()) - (gone - done.begin()));
      if (at_most >= limit_) continue;
      judgement.Violate({.shape = "refused_too_early",
                         .key = client,
                         .operations = {operation->id()},
                         .what = Describe(*operation) + " was refused with " +
                                 std::to_string(limited_status_) + " when at most " +
                                 std::to_string(at_most) + " of " + std::to_string(limit_) +
                                 " can have been in the window" + InGroup(client) + "."});
    }
  }

  Selector selector_;
  KeyExpression client_;
  std::uint64_t limit_;
  std::int64_t window_ns_;
  int limited_status_;
};

}  // namespace

std::unique_ptr<Checker> MakeTenantIsolation(SpecReader& reader) {
  return std::make_unique<TenantIsolation>(reader);
}
std::unique_ptr<Checker> MakeResponseInvariant(SpecReader& reader) {
  return std::make_unique<ResponseInvariant>(reader);
}
std::unique_ptr<Checker> MakeRateLimit(SpecReader& reader) {
  return std::make_unique<RateLimit>(reader);
}

}  // namespace redrive
