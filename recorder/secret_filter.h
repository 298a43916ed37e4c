// SecretFilter: a quick, one-sided answer to "can there be a secret in this?". Most bodies and
// headers hold none, and a load generator cannot afford to take each of them apart. "No" is always
// right; "perhaps" sends the text to the Redactor's exact rules.
#ifndef REDRIVE_RECORDER_SECRET_FILTER_H_
#define REDRIVE_RECORDER_SECRET_FILTER_H_

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redrive {

// Longer ones are no names, of a header, a member or a parameter.
inline constexpr std::size_t kSecretNameMax = 128;

class SecretFilter {
 public:
  // `names` are the secret ones, lower case and without '-' and '_'.
  explicit SecretFilter(const std::vector<std::string>& names);

  // False: the name, whatever its case and its '-' and '_', is none of the secret ones.
  [[nodiscard]] bool PerhapsName(std::string_view name) const {
    if (name.empty() || name.size() > kSecretNameMax) return false;
    const char first = name.front();
    const char last = name.back();
    const char before = name.size() > 1 ? name[name.size() - 2] : last;
    if (IsSeparator(first) || IsSeparator(before) || IsSeparator(last)) return true;
    return known_[Index(first, before, last)];
  }
  // False: there is no "name=value" pair with such a name in it.
  [[nodiscard]] bool PerhapsParameters(std::string_view text) const;
  // False: there is no JSON member with such a name in it, be the JSON broken or in Python's
  // clothes, and no such parameter either.
  [[nodiscard]] bool PerhapsBody(std::string_view body) const;

 private:
  static bool IsSeparator(char c) { return c == '-' || c == '_'; }
  // The low five bits of a letter are the same in both cases.
  static std::size_t Index(char first, char before, char last) {
    return (static_cast<std::size_t>(first) & 31U) << 10 |
           (static_cast<std::size_t>(before) & 31U) << 5 | (static_cast<std::size_t>(last) & 31U);
  }

  std::bitset<std::size_t{1} << 15> known_;  // by first and last two letters
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SECRET_FILTER_H_
