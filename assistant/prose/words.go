package prose

import (
	"cmp"

	"xiaohe/assistant/guard"
)

// ReasonWords say in Chinese why a sentence was dropped: the reason is a key of Account.Dropped.
func ReasonWords(reason string) string {
	return cmp.Or(reasonWords[guard.Reason(reason)], guard.Reason(reason).String())
}

// reasonWords are of the reasons that are this package's own.
var reasonWords = map[guard.Reason]string{
	Shapeless: "太长、半截或带排版记号", Repeated: "说过了", Adrift: "靠着丢掉的一句",
	NotKind: "责怪人、说病名或答应保密", TooMany: "句数太多", OutOfOrder: "所指的条文没有",
}

// EndWords say in Chinese why a model was not heard to its end: Account.Ended.
func EndWords(ended string) string { return cmp.Or(endWords[ended], ended) }

var endWords = map[string]string{
	"down": "没答或断线", "busy": "忙", "budget": "今天的用完了", "filtered": "供应商不肯答", "invalid": "答得不对", stopped: "不用它答了", "off": "没有接",
}
