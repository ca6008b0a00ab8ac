package assistant

import "strings"

// alone puts other words for those that promise a person, sentence by sentence: where another program shows 小禾's words no
// social worker sees the conversation. Numbers to call stay as they are.
var alone = strings.NewReplacer(
	"我正在联系值班老师", "我这里接不通值班老师",
	"值班老师已经收到", "我这里接不通值班老师",
	"值班老师还没接上，我会一直叫。", "我这里接不通值班老师。",
	"也可以点「我现在需要帮助」，我来联系值班老师。", "也可以去小禾的网页，点「我现在需要帮助」。",
	"实在撑不住，就点「我现在需要帮助」，我来联系值班老师。", "实在撑不住，就去小禾的网页，点「我现在需要帮助」。",
	"，也可以点「我现在需要帮助」。", "，也可以去小禾的网页，点「我现在需要帮助」。",
	calling, callingAlone,
	callingAfter, callingAfterAlone,
)

// What stands in the place of calling and callingAfter where nobody can be called.
const (
	callingAlone      = "这里接不通社工。有人受伤、挨打、不见了，先打 **110** 或 **120**。"
	callingAfterAlone = "您问的事，我连着两次都没有查到可靠的依据，不乱答。请到小禾的网页上找社工看一看。"
)

// plainAlone is alone for words without the marks of Markdown, as they are streamed.
var plainAlone = strings.NewReplacer(strings.ReplaceAll(calling, "**", ""), strings.ReplaceAll(callingAlone, "**", ""))

// Alone is what 小禾 says where no person can join the conversation: nobody is promised.
func Alone(text string) string { return plainAlone.Replace(alone.Replace(text)) }

// AloneIn makes the words of a turn those of Alone.
func AloneIn(t Turn) Turn {
	if t.Danger.Reply != nil {
		reply := *t.Danger.Reply
		reply.Bubbles = nil
		for _, bubble := range t.Danger.Reply.Bubbles {
			reply.Bubbles = append(reply.Bubbles, Alone(bubble))
		}
		t.Danger.Reply = &reply
	}
	t.Answer, t.Ordinary = Alone(t.Answer), Alone(t.Ordinary)
	return t
}
