package dialogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xiaohe/knowledge/benefit"
)

// called are the persons of facts as people call them.
var called = map[string]string{"父亲": "爸爸", "母亲": "妈妈"}

// wordings say a fact in a sentence: P is the parent, %s the value as it is shown. A key with a value goes before the
// one without; 是 and 否 have sentences of their own. A fact without a wording is said by its label.
var wordings = map[string]string{
	"孩子.出生日期":      "孩子是 %s 生的",
	"孩子.年龄":        "孩子 %s",
	"孩子.居住满月数":     "孩子在现在住的地方住了 %s",
	"孩子.有居住证=是":    "孩子办了居住证",
	"孩子.有居住证=否":    "孩子没办居住证",
	"孩子.在读阶段":      "孩子%s",
	"孩子.在读阶段=小中班":  "孩子在上幼儿园小班或中班",
	"孩子.在读阶段=大班":   "孩子在上幼儿园大班",
	"孩子.住校":        "孩子%s",
	"孩子.学校有营养餐=是":  "学校给孩子发营养餐",
	"孩子.学校有营养餐=否":  "学校不给孩子发营养餐",
	"孩子.养育方式":      "孩子%s",
	"孩子.孤独症诊断":     "孩子%s",
	"孩子.需康复=是":     "医生建议过孩子做康复训练、手术或配辅具",
	"孩子.需康复=否":     "医生没有建议过孩子做康复",
	"孩子.需长期照护=是":   "孩子吃饭、穿衣这些事要人照顾",
	"孩子.需长期照护=否":   "孩子吃饭、穿衣这些事不用人照顾",
	"孩子.重病":        "孩子%s",
	"孩子.重病=当地名录内":  "孩子的病在当地的重病名单里",
	"孩子.参加居民医保=是":  "孩子今年交了医保",
	"孩子.参加居民医保=否":  "孩子今年没交医保",
	"孩子.已认定身份":     "民政给孩子认定过%s",
	"孩子.在享特困=是":    "孩子领着特困供养（五保）的钱",
	"孩子.在享特困=否":    "孩子没有领特困供养（五保）的钱",
	"孩子.在享困残补贴=是":  "孩子领着困难残疾人生活补贴",
	"孩子.在享困残补贴=否":  "孩子没有领困难残疾人生活补贴",
	"孩子.在享护理补贴=是":  "孩子领着重度残疾人护理补贴",
	"孩子.在享护理补贴=否":  "孩子没有领重度残疾人护理补贴",
	"孩子.在享育儿补贴=是":  "孩子领着育儿补贴",
	"孩子.在享育儿补贴=否":  "孩子没有领育儿补贴",
	"孩子.依法生育或收养=是": "孩子是亲生的，或者正式办过收养",
	"孩子.依法生育或收养=否": "孩子不是亲生的，也没有正式办过收养",

	"P.情形":        "P%s",
	"P.情形=宣告失踪":   "P被法院宣告失踪了",
	"P.情形=重残":     "P是一二级残疾，或者智力、精神残疾",
	"P.情形=重病":     "P得了大病",
	"P.情形=撤销监护资格": "P被法院撤了监护权",
	"P.情形=遣送出境":   "P被遣送出国、没有管孩子",
	"P.情形=身份不明":   "不知道P是谁",
	"P.失联月数":      "P有 %s 联系不上，也没管过孩子",
	"P.失联已报警=是":   "为找P报过警",
	"P.失联已报警=否":   "没有为找P报过警",
	"P.限制自由期限月数":  "P被关的期限一共是 %s",
	"P.重病在名录=是":   "P的病在当地的重病名单里",
	"P.重病在名录=否":   "P的病不在当地的重病名单里",
	"P.外出务工=是":    "P在外地打工",
	"P.外出务工=否":    "P没有在外地打工",
	"P.财产合规=是":    "P名下没有车、出租的房和大笔存款",
	"P.财产合规=否":    "P名下有车、出租的房或大笔存款",

	"监护人.关系":          "现在是%s在管孩子",
	"监护人.关系=无人":       "现在没有人管孩子",
	"监护人.年龄":          "管孩子的人 %s",
	"监护人.救助身份":        "管孩子的人%s",
	"监护人.救助身份=重残":     "管孩子的人是一二级残疾，或者智力、精神残疾",
	"监护人.暂时不能履责":      "管孩子的人%s",
	"监护人.能管好补贴=是":     "这笔钱由管孩子的人领、花在孩子身上，方便",
	"监护人.能管好补贴=否":     "这笔钱由管孩子的人领，不方便",
	"家庭.共同生活人数":       "一起过日子的有 %s",
	"家庭.城乡":           "户口算%s",
	"家庭.在享低保":         "家里%s",
	"家庭.低边认定":         "家里%s",
	"家庭.刚性支出认定=是":     "家里认定了刚性支出困难家庭",
	"家庭.刚性支出认定=否":     "家里没有认定刚性支出困难家庭",
	"家庭.脱贫监测户=是":      "家里是脱贫户或监测户",
	"家庭.脱贫监测户=否":      "家里不是脱贫户，也不是监测户",
	"家庭.财产合规=是":       "家里没有小汽车、多套房和大笔存款",
	"家庭.财产合规=否":       "家里有小汽车、多套房或大笔存款",
	"家庭.刚性支出占比":       "看病、上学、康复的钱占全家收入的 %s",
	"家庭.急难事由":         "家里%s",
	"案件.情形=请求抚养费":     "想要抚养费",
	"案件.情形=申请救助被拒":    "申请救助没批",
	"案件.情形=虐待遗弃家暴":    "孩子被打、被虐待，或者被扔下不管",
	"案件.情形=交通事故等人身损害": "车祸这些事受了伤",
	"案件.情形=刑事被害":      "被人犯罪伤害了",
	"案件.得不到赔偿=是":      "打了官司也没赔到钱",
	"案件.得不到赔偿=否":      "对方赔了钱",
}

// grades are said alike of whoever is disabled.
const (
	gradeFact = ".残疾等级"
	kindsFact = ".残疾类别"
)

// phrases joins what is guessed of one person into a sentence, the person named once.
func (s *State) phrases(d *benefit.Dictionary, group []Guess) string {
	var all []string
	for i, g := range group {
		text := s.phrase(d, g)
		if i > 0 {
			for _, who := range []string{"爸爸", "妈妈", "孩子"} {
				if strings.HasPrefix(all[0], who) && !strings.HasPrefix(text, who+"的") {
					text = strings.TrimPrefix(text, who)
				}
			}
			text = strings.TrimSpace(text)
		}
		all = append(all, text)
	}
	text := strings.Join(all, "，")
	if s.Reading.Speaker != "" && person(group[0].Fact) == s.Reading.Speaker && called[s.Reading.Speaker] != "" {
		text = strings.ReplaceAll(text, called[s.Reading.Speaker], "您自己")
	}
	return text
}

// phrase says one guess.
func (s *State) phrase(d *benefit.Dictionary, g Guess) string {
	var parts []string
	for _, option := range g.Value.In {
		one := benefit.Options(option)
		parts = append(parts, fill(g.Fact, option, d.Show(g.Fact, one), label(d, g.Fact)))
	}
	if len(g.Value.In) == 0 {
		parts = []string{fill(g.Fact, "", inYears(d.Show(g.Fact, g.Value)), label(d, g.Fact))}
	}
	for i := range parts[1:] {
		parts[i+1] = strings.TrimPrefix(parts[i+1], called[person(g.Fact)])
	}
	text := strings.Join(parts, "，")
	if g.Child != "" && slices.Contains(s.Reading.Children, g.Child) {
		text = strings.Replace(text, "孩子", "「"+g.Child+"」", 1)
	}
	return text
}

// fill puts a value into the wording of a fact.
func fill(fact, option, shown, label string) string {
	who, name, _ := strings.Cut(fact, ".")
	parent := called[who]
	key := fact
	if parent != "" {
		key = "P." + name
	}
	subject := parent
	if subject == "" {
		subject = "孩子"
	}
	switch {
	case strings.HasSuffix(fact, gradeFact) && strings.HasSuffix(option, "级"):
		return subject + "有" + option + "残疾证"
	case strings.HasSuffix(fact, gradeFact):
		return subject + shown
	case strings.HasSuffix(fact, kindsFact):
		return subject + "是" + shown + "残疾"
	}
	wording, ok := wordings[key+"="+option]
	if !ok {
		wording, ok = wordings[key]
	}
	switch {
	case !ok:
		return label + "是 " + shown
	case strings.Contains(wording, "%s"):
		wording = fmt.Sprintf(wording, shown)
	}
	return strings.TrimSpace(strings.ReplaceAll(wording, "P", parent))
}

var wholeMonths = regexp.MustCompile(`^(\d+) 个月$`)

// inYears says whole years as people do: 36 个月 is 3 年.
func inYears(text string) string {
	m := wholeMonths.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	if n, err := strconv.Atoi(m[1]); err == nil && n > 0 && n%12 == 0 {
		return fmt.Sprintf("%d 年", n/12)
	}
	return text
}
