package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readIn gives what the reader finds in text that comes in pieces of so many bytes.
func readIn(text string, size int) (found []string, whole []byte) {
	e := newElements("sentences")
	for len(text) > 0 {
		n := min(size, len(text))
		_ = e.write(text[:n], func(element json.RawMessage) error { found = append(found, string(element)); return nil })
		text = text[n:]
	}
	return found, e.whole()
}

func TestElementsAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"plain", `{"sentences":[{"text":"一"},{"text":"二"}]}`, `{"text":"一"}|{"text":"二"}`},
		{"empty", `{"sentences":[]}`, ``},
		{"other fields", `{"note":"sentences","n":[1,2],"sentences":[ 1 , "a,b]" , [2,[3]], null ,true], "more":{"sentences":[9]}}`, `1|"a,b]"|[2,[3]]|null|true`},
		{"brackets in strings", `{"sentences":[{"text":"}]\"{["}]}`, `{"text":"}]\"{["}`},
		{"escaped key", `{"sentenc\u0065s":["x"]}`, `"x"`},
		{"a fence and words", "好的：\n```json\n{\n \"sentences\" : [\"x\"]\n}\n```\n再见", `"x"`},
		{"thoughts", `<think>{"sentences":["no"]}</think>{"sentences":["yes"]}`, `"yes"`},
		{"a brace before", `先看 {这个}：{"sentences":["x"]}`, `"x"`},
		{"twice", `{"sentences":["x"],"sentences":["y"]}`, `"x"`},
		{"two objects", `{"sentences":["x"]}{"sentences":["y"]}`, `"x"`},
		{"within another", `{"a":{"sentences":["x"]}}`, ``},
		{"not an array", `{"sentences":{"a":["x"]}}`, ``},
		{"cut off", `{"sentences":[{"text":"一"},{"text":"二`, `{"text":"一"}`},
	} {
		for _, size := range []int{1, 2, 3, 7, 1000} {
			found, _ := readIn(tt.text, size)
			if got := strings.Join(found, "|"); got != tt.want {
				t.Errorf("%s in pieces of %d: %s, want %s", tt.name, size, got, tt.want)
			}
		}
	}
}

func FuzzElements(f *testing.F) {
	for _, text := range []string{`{"sentences":[{"text":"一"},{"text":"二"}]}`, `x{"a":1,"sentences":[1,[2],"\""]}`, `<think>{</think>{"sentences":[{}]}`, `{"sentences":[}]`, `{"":"\`} {
		f.Add(text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole, object := readIn(text, max(1, len(text)))
		if pieces, again := readIn(text, int(size)+1); !slices.Equal(whole, pieces) || !bytes.Equal(object, again) {
			t.Fatalf("in pieces %q, as a whole %q", pieces, whole)
		}
		var fields struct{ Sentences []json.RawMessage }
		keys := strings.Count(text, "entences") + strings.Count(text, `\u`) // the decoder takes the last of two fields, and any case
		if trimmed := strings.TrimSpace(text); keys == 1 && strings.HasPrefix(trimmed, `{`) && strings.Contains(text, `"sentences"`) && json.Unmarshal([]byte(text), &fields) == nil {
			if len(fields.Sentences) != len(whole) && !nested(text) {
				t.Fatalf("%d elements, want %d", len(whole), len(fields.Sentences))
			}
		}
	})
}

// nested tells whether the field stands deeper than at the top.
func nested(text string) bool {
	var top map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &top) != nil || top["sentences"] == nil
}

func TestSmallFaultsAreMended(t *testing.T) {
	t.Parallel()
	const want = `{"a":"一","b":[1,2]}`
	for _, text := range []string{
		want, "  \n" + want + "\n", "```json\n" + want + "\n```", "好的：" + want + "希望有帮助。", "<think>{\"a\":2}</think>" + want,
		`{"a":"一","b":[1,2,],}`, `{'a':'一','b':[1,2]}`, `{a:"一",b:[1,2]}`, `{"a":"一" "b":[1,2]}`, `{“a”:“一”,“b”:[1,2]}`, "{\"a\":\"一\", // 注\n\"b\":[1,2]}",
	} {
		got, err := object(text)
		var compact bytes.Buffer
		if err != nil || json.Compact(&compact, got) != nil || compact.String() != want {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "好的", "[1,2]", `"a"`, `{"a":"一","b":[1,2`, `{"a":"一","b":[{"c":1}`, `{"a":"一`, `{"a":1}{"b":2}`, `<think>{"a":1}`, `{"a":[{"b":1},{"c":"半句`,
		`{"a":"一}`,
	} {
		if got, err := object(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func FuzzObject(f *testing.F) {
	for _, text := range []string{`{"a":1}`, "```json\n{'a':1,}\n```", `{"a":"b"} c`, `{"a":[{"b":"x"},{"b":"y"}]}`, `{"a`, `}{`, `<think>x</think>{"a":null}`} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		if len(text) > 4096 {
			return
		}
		got, err := object(text)
		if err == nil && (!json.Valid(got) || got[0] != '{') {
			t.Fatalf("%q became %q", text, got)
		}
		trimmed := strings.TrimSpace(text)
		if len(trimmed) < 2 || trimmed[0] != '{' || !json.Valid([]byte(trimmed)) || cut <= 0 || cut >= len(trimmed) {
			return
		}
		if got, err := object(trimmed[:cut]); err == nil { // half an object must never pass for a whole one
			t.Fatalf("%q of %q became %q", trimmed[:cut], trimmed, got)
		}
	})
}

func TestMaskedWordsAreShownInValuesAlone(t *testing.T) {
	t.Parallel()
	show := func(s string) string { return strings.ReplaceAll(s, "〔姓名1〕", "王\"小\\明\n") }
	got := shown([]byte(`{"〔姓名1〕" : ["〔姓名1〕去","\u3014姓名1〕",1,"〔电话1〕"],"a":"x\"〔姓名1〕"}`), show)
	want := `{"〔姓名1〕" : ["王\"小\\明\n去","王\"小\\明\n",1,"〔电话1〕"],"a":"x\"王\"小\\明\n"}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func FuzzShown(f *testing.F) {
	f.Add(`{"a":"b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := shown([]byte(text), func(s string) string { return s }); string(got) != text {
			t.Fatalf("%q became %q", text, got)
		}
		if json.Valid([]byte(text)) && !json.Valid(shown([]byte(text), func(s string) string { return s + "\"\n" })) {
			t.Fatalf("%q is broken", text)
		}
	})
}

// A careless model whose connection breaks: whatever is mended, no half sentence comes out.
func TestHalfAnObjectNeverPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type sentence struct {
			Text string `json:"text"`
			Span string `json:"span,omitempty"`
		}
		words := rapid.StringOfN(rapid.SampledFrom([]rune(`一二三{}[]"'“”,:：\ 1`)), 0, 12, -1)
		var doc struct {
			Sentences []sentence `json:"sentences"`
		}
		for range rapid.IntRange(1, 3).Draw(t, "sentences") {
			doc.Sentences = append(doc.Sentences, sentence{words.Draw(t, "text"), words.Draw(t, "span")})
		}
		sound, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		text := string(sound[:len(sound)-1]) + rapid.SampledFrom([]string{"}", ",}", "\n}", " // 完\n}"}).Draw(t, "end")
		text = rapid.SampledFrom([]string{"", "```json\n", "好的：", "<think>x</think>\n"}).Draw(t, "before") + text
		runes := []rune(text)
		got, err := object(string(runes[:rapid.IntRange(0, len(runes)).Draw(t, "cut")]))
		if err != nil {
			return
		}
		bare := func(s sentence) sentence { // the library may double a backslash
			return sentence{strings.ReplaceAll(s.Text, `\`, ""), strings.ReplaceAll(s.Span, `\`, "")}
		}
		full := map[sentence]bool{}
		for _, s := range doc.Sentences {
			full[bare(s)] = true
		}
		doc.Sentences = nil
		if json.Unmarshal(got, &doc) != nil {
			return
		}
		for _, s := range doc.Sentences {
			if !full[bare(s)] {
				t.Fatalf("%q gave %q", text, s)
			}
		}
	})
}
