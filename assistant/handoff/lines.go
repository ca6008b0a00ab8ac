package handoff

import (
	"fmt"
	"time"
)

// What families read of a handover. A sentence promises nothing that the program cannot keep: no minutes, no person
// who is not there.

func lineClaimed(worker string) string {
	return "社工" + worker + "已接入。下面由真人和您说话。"
}

// lineWaiting tells how a waiting ticket stands. ahead counts those before it.
func lineWaiting(onDuty bool, ahead int, urgent bool) string {
	switch {
	case !onDuty && urgent:
		return "现在没有社工值班，已经登记，也在通知上一级的人。有危险马上打 110。可以接着在这里说，也可以留下方便回电话的时间。"
	case !onDuty:
		return "现在没有社工值班，已经登记，有人上班就会看到。可以留下方便回电话的时间，也可以接着在这里说。着急的事打 12345，有危险马上打 110。"
	case ahead > 0:
		return fmt.Sprintf("前面还有 %d 位，更紧急的会先处理。等的时候可以接着在这里说。", ahead)
	default:
		return "前面没有人在等。可以接着在这里说。"
	}
}

func lineOpened(onDuty bool, ahead int, urgent bool) string {
	if !onDuty {
		return lineWaiting(onDuty, ahead, urgent)
	}
	return "已经帮您叫社工了。" + lineWaiting(onDuty, ahead, urgent)
}

func lineReleased(worker string) string {
	if worker == "" {
		worker = "刚才的社工"
	}
	return worker + "先离开了，正在请另一位社工接着帮您。说过的话都在，不用再说一遍。"
}

func lineTransferred(worker string) string {
	return "接下来由社工" + worker + "和您说话。说过的话都在，不用再说一遍。"
}

const (
	linePassedOn  = "这件事要请另一位社工来办，已经帮您转过去了。说过的话都在，不用再说一遍。"
	lineReturned  = "社工先离开了，小禾（AI）接着回答。还想找社工，随时可以再说。"
	lineWithdrawn = "好的，先不等社工了，小禾（AI）接着回答。以后想找社工，随时可以再说。"
	lineWished    = "您方便的时间已经记下，交给社工了。这段时间小禾（AI）接着回答，也可以随时再找社工。"
	lineNoted     = "怎样联系您已经记下，社工看得到。正在帮您找社工，可以接着在这里说。"
	lineKnown     = "怎样联系您已经记下，社工看得到。"
)

func lineCallback(at time.Time) string {
	return "说好了：" + at.In(china).Format("1月2日15:04") + " 前后社工再联系您。这段时间小禾（AI）接着回答，也可以随时再找社工。"
}

func lineClosed(worker string) string {
	if worker == "" {
		return "社工这次先帮到这里。以后有事，随时再来说。"
	}
	return "社工" + worker + "这次先帮到这里。以后有事，随时再来说。"
}

// lineShort is lineWaiting for the place above the composer, where a grandmother's large letters leave little room. What
// can be done meanwhile stands there as buttons.
func lineShort(onDuty bool, ahead int, urgent bool) string {
	switch {
	case !onDuty && urgent:
		return "已经登记，正在通知上一级的人。有危险马上打 110。"
	case !onDuty:
		return "现在没有社工值班，已经登记，有人上班就会看到。"
	case ahead > 0:
		return fmt.Sprintf("正在帮您找社工。前面还有 %d 位，更紧急的会先处理。", ahead)
	default:
		return "正在帮您找社工，前面没有人在等。"
	}
}

// lineStanding is what a family reads above the place where it writes.
func lineStanding(s Standing) string {
	switch s.Ticket.State {
	case "queued", "offered":
		return lineShort(s.OnDuty, s.Position, s.Ticket.Urgent)
	case "claimed", "transferring":
		return "现在和您说话的是社工" + s.Worker + "（真人）。"
	case "callback":
		return "已经记下，社工会再联系您。现在是小禾（AI）在回答。"
	case "closed":
		return "这次求助已经结束。以后有事，随时再来说。"
	default:
		return "现在是小禾（AI）在回答。"
	}
}
