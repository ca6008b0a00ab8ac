package triage

import (
	"slices"
	"strings"
	"unicode"
)

// bareCalls ask for a person and say nothing else. The classifier has met few messages so short and holds some of them
// for distress; a person is called for them anyway (handover design §1, row 11). Rules read them like all others.
var bareCalls = []string{"我要找人", "我想找人", "我要找个人", "我想找个人", "我要跟人说话", "我想跟人说话", "我要和人说话", "我想和人说话",
	"我要找真人", "我想找真人", "我要人工", "找人工", "转人工", "人工客服", "有没有人", "有人吗", "叫个人来"}

// bareCall tells whether a message is nothing but such a call.
func bareCall(raw string) bool {
	return slices.Contains(bareCalls, strings.TrimFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }))
}
