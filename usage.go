package main

import "regexp"

// usageWords are what the parser says of a wrong command line, and the same in Chinese. What is in none of them stays as it is.
var usageWords = []struct {
	says *regexp.Regexp
	zh   string
}{
	{regexp.MustCompile(`^unknown flag (\S+), did you mean "?([^"]*?)"?\?$`), `没有 $1 这个选项，您要写的是不是 $2`},
	{regexp.MustCompile(`^unknown flag (\S+)$`), `没有 $1 这个选项`},
	{regexp.MustCompile(`^unexpected argument (.+), did you mean "?([^"]*?)"?\?$`), `不认得“$1”，您要写的是不是 $2`},
	{regexp.MustCompile(`^unexpected argument (.+)$`), `不认得“$1”`},
	{regexp.MustCompile(`^expected one of (.+)$`), `后面还要写一样：$1`},
	{regexp.MustCompile(`^expected "(.+)"$`), `后面还要写 $1`},
	{regexp.MustCompile(`^(\S+): expected a valid \d+ bit u?int but got "(.*)"$`), `$1 要写整数，不能写“$2”`},
	{regexp.MustCompile(`^(\S+): expected \S+ value but got "(.*)" \(short flag\).*$`), `$1 后面的“$2”要连着写：$1=$2`},
	{regexp.MustCompile(`^(\S+): expected \S+ value but got "(?:EOL|--.*)" \(.*\).*$`), `$1 后面要写一个值`},
	{regexp.MustCompile(`^(\S+): bool value must be .* but got "(.*)"$`), `$1 只能写 true 或 false，不能写“$2”`},
	{regexp.MustCompile(`^(\S+): expected "<key>=<value>" but got "(.*)"$`), `$1 要写成 名字=值，不能写“$2”`},
	{regexp.MustCompile(`^missing flags: (.+)$`), `还要写 $1`},
}

// usage says in Chinese what is wrong with a command line.
func usage(err error) string {
	text := err.Error()
	for _, w := range usageWords {
		if w.says.MatchString(text) {
			return w.says.ReplaceAllString(text, w.zh)
		}
	}
	return text
}
