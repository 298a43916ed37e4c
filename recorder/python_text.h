// Values as Python writes them, for the files that Locust's readers parse: repr of a float and of a
// string, fields of csv.writer, strings of json.dumps. Pure functions.
#ifndef REDRIVE_RECORDER_PYTHON_TEXT_H_
#define REDRIVE_RECORDER_PYTHON_TEXT_H_

#include <string>
#include <string_view>

namespace redrive {

// repr(value): the shortest digits that read back as `value`, with ".0" behind a whole number, and
// an exponent from 1e16 and below 1e-4: "0.1", "3.0", "1e+16", "inf", "nan".
std::string PythonFloat(double value);

// repr(text): in single quotes, or in double quotes when only single ones are inside; backslash,
// line ends and control characters are escaped. Bytes above 127 are kept as they are.
std::string PythonRepr(std::string_view text);

// A field of csv.writer's default dialect: in quotes, doubled inside, only where a comma, a quote
// or a line end asks for them.
std::string CsvField(std::string_view text);

// json.dumps(text): all but printable ASCII as \uXXXX; bytes that are no UTF-8 become U+FFFD.
std::string JsonAscii(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PYTHON_TEXT_H_
