package web

import (
	"net/http"

	"xiaohe/assistant/account"
)

// staffHome tells whoever has logged in what their role can do here. It is where the roles are led that have no work in
// these pages.
const staffHome = "/staff"

// duties are what a role can do here and what not, in plain words.
type duties struct {
	About       string
	Can, Cannot []string
	Links       []link
}

// link is an address of this server and what it is called.
type link struct{ To, Text string }

var (
	toChat    = link{"/", "打开小禾"}
	toConsole = link{"/console", "社工台"}
	toCanned  = link{"/console/canned", "常用话"}
	toRules   = link{adminHome, "规则和文件"}
)

// dutiesOf says for every role what the pages are for.
var dutiesOf = map[string]duties{
	account.Director: {
		About: "谈话和工单由社工和督导来接，您这里没有要处理的工单。",
		Can: []string{"像家里人一样用小禾：替孩子和家里人问政策、查能申请什么、打印材料单。",
			"发现孩子有危险，在小禾里点「我现在需要帮助」，值班的社工会来接。", "换自己的口令。"},
		Cannot: []string{"看别人和小禾的谈话，也看不到工单。", "替社工回话、改规则、改账号。"},
		Links:  []link{toChat},
	},
	account.Auditor: {
		About: "审计记录只给您看谁在什么时候做了什么，里面没有谈话的内容和家里人的姓名。",
		Can: []string{"查审计记录、检查它有没有被改过。记录在服务器上看，不在网页上：请管理服务器的同事运行 xiaohe db audit list（列出）和 xiaohe db audit verify（检查）。",
			"换自己的口令。"},
		Cannot: []string{"看谈话、工单和家里人的资料。", "改任何东西，包括审计记录。"},
	},
	account.Worker: {
		About:  "您接工单，和家里人谈话。",
		Can:    []string{"在社工台认领自己地区的工单，回话、约回电、转交、结束。", "发现侵害孩子的情形，做强制报告并记下来。"},
		Cannot: []string{"看别的地区的工单，看没有认领的谈话。", "把「危急」降级、改派别人的工单，这些要督导来做。"},
		Links:  []link{toConsole},
	},
	account.Supervisor: {
		About:  "您接工单，也看着自己地区的工单有没有人接。",
		Can:    []string{"在社工台接单、改派、看谈话。", "在督导页看谁在等、谁值班、哪里超时。", "写自己地区的常用话。"},
		Cannot: []string{"看别的地区的工单。", "一个人把自己手上的「危急」降级：要另一位督导也同意。"},
		Links:  []link{toConsole, {"/console/overview", "督导页"}, toCanned},
	},
	account.Officer: {
		About:  "您管政策：文件、规则和常用话。",
		Can:    []string{"看规则、提出修改、启用新版本。", "写自己地区的常用话。"},
		Cannot: []string{"看谈话和工单。", "改账号。"},
		Links:  []link{toRules, toCanned},
	},
	account.Admin: {
		About:  "您管账号和设置。",
		Can:    []string{"看规则、启用新版本。", "加账号、停账号、改角色和地区。这些在服务器上做：请运行 xiaohe user --help 看怎么做。"},
		Cannot: []string{"看谈话和工单。"},
		Links:  []link{toRules},
	},
}

// staffView is the page of a role.
type staffView struct {
	duties
	Name, Role string
}

func (staffView) Title() string { return "我能做什么" }

func (s *Server) staffPage(w http.ResponseWriter, _ *http.Request, who account.Session) {
	s.render(w, http.StatusOK, "staff.html", staffView{dutiesOf[who.Role], who.Name, account.RoleNames[who.Role]})
}
