package extract

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaohe/knowledge/benefit"
	"xiaohe/knowledge/seed"
)

func book(t testing.TB) *benefit.Book {
	t.Helper()
	b, problems := benefit.Load(seed.Benefits())
	if b == nil {
		t.Fatal(problems)
	}
	return b
}

// mostPrompt is how many characters the dictionary may take: a tenth of a context of 32,000 tokens with room to spare. As
// long as it stays below, every message is read with the whole of it.
const mostPrompt = 9000

func TestTheWholeDictionaryFitsIntoAPrompt(t *testing.T) {
	t.Parallel()
	words, err := vocabularyOf(book(t).Dictionary)
	if err != nil {
		t.Fatal(err)
	}
	n := utf8.RuneCountInString(strings.Join(words.lines, "\n"))
	t.Logf("%d facts, %d characters of words, %d of schema", len(words.lines), n, utf8.RuneCount(words.schema))
	if n+utf8.RuneCount(words.schema) > mostPrompt {
		t.Errorf("%d characters", n+utf8.RuneCount(words.schema))
	}
	var any struct{}
	if err := json.Unmarshal(words.schema, &any); err != nil {
		t.Error(err)
	}
	for _, never := range []string{"孩子.当前危险", "孩子.感染艾滋病病毒", "孩子.受犯罪侵害", "艾滋病", "刑事被害", "孩子.户籍地", "家庭.人均月收入"} {
		if strings.Contains(string(words.schema), never) {
			t.Errorf("%s can be proposed", never)
		}
	}
}
