package main

import (
	"bytes"
	"testing"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
)

func TestATerminalShowsNoMarksOfMarkdown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	print(&session{out: &out}, assistant.Turn{Answer: "**去哪**：民政窗口。[1]", Citations: []answer.Citation{{N: 1, Document: "办法", Number: "1号", Clause: "一", Quote: "去**户口所在地**。\n带户口本。"}}})
	if want := "去哪：民政窗口。[1]\n\n[1] 《办法》1号 一\n    “去户口所在地。\n    带户口本。”\n\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}
