package handoff_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"xiaohe/assistant/handoff"
)

func TestASummaryTellsWhatAColleagueShouldKnowFirst(t *testing.T) {
	t.Parallel()
	got := texts(handoff.Summarise(handoff.Material{
		Said: []handoff.Utterance{
			{Seq: 1, Text: "我爸昨天用皮带打我\n现在背上还疼"}, {Seq: 3, Text: "我八岁，妈妈走了，奶奶管我"}, {Seq: 5, Text: "他说再告诉别人就打死我"}, {Seq: 8, Text: "你们能不能来"},
		},
		Read: []handoff.Reading{
			{Seq: 1, Level: 3, Categories: []string{"physical_abuse"}, Flags: []string{"R4"}, GuardianSuspect: true,
				Marks: []handoff.Mark{{Category: "physical_abuse", Level: 3, Quote: "用皮带打我"}}},
			{Seq: 5, Level: 4, Categories: []string{"violence", "physical_abuse"}, Flags: []string{"R4", "R9"}, GuardianSuspect: true,
				Marks: []handoff.Mark{{Category: "violence", Level: 4, Quote: "打死我"}, {Category: "distress", Level: 1, Quote: "他说"}}},
		},
		Facts: []handoff.KnownFact{
			{Label: "孩子几岁", Value: "8 岁", Seq: 3, Quote: "八岁"}, {Label: "妈妈的情况", Value: "失联", Seq: 3, Quote: "妈妈走了"},
			{Label: "谁照看", Value: "祖父母", Seq: 3, Quote: "祖母管我"}, // not these words: normalised ones
			{Label: "户籍地", Value: "杭州市", Seq: 99, Quote: "杭州"},  // its message is gone
		},
		Eligible: []string{"事实无人抚养儿童基本生活补贴"}, Open: []string{"孤儿基本生活费", "低保"},
		Unanswered: &handoff.Utterance{Seq: 9, Text: "孩子户口在哪里？"},
	}))
	want := []string{
		"写的人说“我八岁”，开头说：“我爸昨天用皮带打我”。 [1 3]",
		"可能有“正在发生的暴力”的情况（L4）：“打死我”。 [5]",
		"可能有“被打、被虐待”的情况（L3）：“用皮带打我”。 [1]",
		"请判断是否属于应当强制报告的情形（R4、R9）：“用皮带打我”、“打死我”。 [1 5]",
		"伤害孩子的可能就是家里人，先不要联系监护人：“用皮带打我”。 [1]",
		"从话里读到——孩子几岁：8 岁（“八岁”）；妈妈的情况：失联（“妈妈走了”）；谁照看：祖父母（请看原话“我八岁，妈妈走了，奶奶管我”）。 [3]",
		"按现在知道的（如“八岁”），可能可以申请事实无人抚养儿童基本生活补贴；还要确认孤儿基本生活费、低保。 [3]",
		"小禾最后问了“孩子户口在哪里？”，还没有回答。 [9]",
		"最近一句是：“你们能不能来”。 [8]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("summary:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Who writes is never concluded: the words by which a person shows it are quoted, and the reader judges.
func TestASummaryDoesNotGuessWhoWrites(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		said []string
	}{
		{"开头说：“我孙子八岁，他爸坐牢了”。 [1]", []string{"我孙子八岁，他爸坐牢了"}},
		{"写的人说到“我孙子”，开头说：“在吗”。 [1 2]", []string{"在吗", "我孙子不想活了"}},
		{"写的人说“我是他奶奶”，开头说：“在吗”。 [1 3]", []string{"在吗", "我孙子不想活了", "我是他奶奶"}},
		{"写的人说“我是社区的儿童主任”，开头说：“您好”。 [1 2]", []string{"您好", "我是社区的儿童主任，想问一下"}},
		{"写的人说“我今年十二岁”，开头说：“在吗”。 [1 2]", []string{"在吗", "我今年十二岁"}},
		{"写的人说到“我爸”，开头说：“在吗”。 [1 2]", []string{"在吗", "孩子说我爸打他了"}},
		{"开头说：“在吗”。 [1]", []string{"在吗", "我是不是要等很久", "我孙悟空"}},
	} {
		var m handoff.Material
		for i, text := range c.said {
			m.Said = append(m.Said, handoff.Utterance{Seq: int64(i + 1), Text: text})
		}
		if got := texts(handoff.Summarise(m)); len(got) == 0 || got[0] != c.want {
			t.Errorf("%q:\n%q\nwant\n%q", c.said, got, c.want)
		}
	}
}

// A long message is quoted by its beginning, and the sentence says so.
func TestTheBeginningOfALongMessageIsNotCalledTheMessage(t *testing.T) {
	t.Parallel()
	got := texts(handoff.Summarise(handoff.Material{Said: []handoff.Utterance{{Seq: 1, Text: "在吗"}, {Seq: 2, Text: "他没事了\n可是昨天又打我"}}}))
	if want := "最近一句的开头是：“他没事了”。 [2]"; !slices.Contains(got, want) {
		t.Errorf("%q lacks %q", got, want)
	}
}

func TestASummaryOfNothingIsEmpty(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]handoff.Material{
		"nothing":               {},
		"findings, no messages": {Read: []handoff.Reading{{Seq: 1, Level: 4, Flags: []string{"R1"}, GuardianSuspect: true, Marks: []handoff.Mark{{Category: "suicide", Level: 4}}}}},
		"a fact without words":  {Facts: []handoff.KnownFact{{Label: "孩子几岁", Value: "8 岁", Seq: 4}}, Eligible: []string{"低保"}},
	} {
		if all := handoff.Summarise(m); len(all) > 0 {
			t.Errorf("%s: %q", name, texts(all))
		}
	}
	all := handoff.Summarise(handoff.Material{Said: []handoff.Utterance{{Seq: 1, Text: "我需要帮助"}}})
	if got := texts(all); !slices.Equal(got, []string{"开头说：“我需要帮助”。 [1]"}) {
		t.Errorf("one message: %q", got)
	}
}

// Whatever was said, each sentence names its messages and holds their words letter by letter, and there are never more
// than ten.
func TestEverySentenceQuotesTheMessagesItNames(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.SampledFrom([]rune("孩打爸妈我走了，。！？%s {}“”\n\t𠮷a")), 0, 80, -1)
	code := rapid.SampledFrom([]string{"suicide", "physical_abuse", "neglect", "violence", "distress", "unheard_of"})
	rapid.Check(t, func(t *rapid.T) {
		m := handoff.Material{Eligible: rapid.SliceOfN(text, 0, 8).Draw(t, "eligible"), Open: rapid.SliceOfN(text, 0, 8).Draw(t, "open")}
		said := map[int64]string{}
		for i := range rapid.IntRange(0, 12).Draw(t, "messages") {
			u := handoff.Utterance{Seq: int64(2*i + 1), Text: text.Draw(t, "text")}
			m.Said, said[u.Seq] = append(m.Said, u), u.Text
		}
		seq := rapid.Int64Range(0, 26)
		for range rapid.IntRange(0, 8).Draw(t, "readings") {
			m.Read = append(m.Read, handoff.Reading{
				Seq: seq.Draw(t, "seq"), Level: rapid.IntRange(0, 4).Draw(t, "level"),
				Flags:           rapid.SliceOfN(rapid.SampledFrom([]string{"R1", "R4", "R9"}), 0, 3).Draw(t, "flags"),
				GuardianSuspect: rapid.Bool().Draw(t, "guardian"), WorkerSuspect: rapid.Bool().Draw(t, "worker"),
				Marks: []handoff.Mark{{Category: code.Draw(t, "kind"), Level: rapid.IntRange(0, 4).Draw(t, "mark"), Quote: text.Draw(t, "quote")}},
			})
		}
		for range rapid.IntRange(0, 15).Draw(t, "facts") {
			m.Facts = append(m.Facts, handoff.KnownFact{Label: text.Draw(t, "label"), Value: text.Draw(t, "value"), Seq: seq.Draw(t, "seq"), Quote: text.Draw(t, "quote")})
		}
		if rapid.Bool().Draw(t, "asked") {
			m.Unanswered = &handoff.Utterance{Seq: 100, Text: text.Draw(t, "question")}
			said[100] = m.Unanswered.Text
		}
		all := handoff.Summarise(m)
		if len(all) > 10 {
			t.Fatalf("%d sentences", len(all))
		}
		for _, s := range all {
			checkSentence(t, s, said)
		}
	})
}

func checkSentence(t *rapid.T, s handoff.Sentence, said map[int64]string) {
	if len(s.Quotes) == 0 || len(s.Seqs) == 0 || !slices.IsSorted(s.Seqs) || !utf8.ValidString(s.Text) || strings.Contains(s.Text, "%!") {
		t.Fatalf("sentence %+v", s)
	}
	shown := 0
	for _, q := range s.Quotes {
		if q.Text == "" || !strings.Contains(said[q.Seq], q.Text) || !slices.Contains(s.Seqs, q.Seq) {
			t.Fatalf("%q is not in message %d, %q", q.Text, q.Seq, said[q.Seq])
		}
		if strings.Contains(s.Text, "“"+q.Text+"”") {
			shown++
		}
	}
	for _, seq := range s.Seqs {
		if !slices.ContainsFunc(s.Quotes, func(q handoff.Quote) bool { return q.Seq == seq }) {
			t.Fatalf("%q names message %d without its words", s.Text, seq)
		}
	}
	if shown == 0 {
		t.Fatalf("%q shows none of %+v", s.Text, s.Quotes)
	}
}

// texts writes each sentence with the messages that it names.
func texts(all []handoff.Sentence) (lines []string) {
	for _, s := range all {
		lines = append(lines, s.Text+" "+fmt.Sprint(s.Seqs))
	}
	return lines
}

func TestASentenceIsWrittenAsTheConsoleReadsIt(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(handoff.Summarise(handoff.Material{Said: []handoff.Utterance{{Seq: 1, Text: "在吗"}}}))
	if want := `[{"text":"开头说：“在吗”。","seqs":[1],"quotes":[{"seq":1,"text":"在吗"}]}]`; err != nil || string(data) != want {
		t.Errorf("%s %v", data, err)
	}
}
