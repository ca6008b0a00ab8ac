package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
	"xiaohe/knowledge/seed"
)

// rulesCommand works on a folder of benefit rules.
type rulesCommand struct {
	Check   rulesCheck   `cmd:"" help:"检查一个规则文件夹：写法、取值、依据、日期、核对。"`
	Test    rulesTest    `cmd:"" help:"跑文件夹里的判例。"`
	Explain rulesExplain `cmd:"" help:"一项福利对一个孩子是怎么判出来的。"`
	Diff    rulesDiff    `cmd:"" help:"两个规则文件夹有什么不同，哪些家庭的结果会变。"`
}

type rulesCheck struct {
	Dir     string `arg:"" help:"规则文件夹，如 knowledge/seed/benefits。" type:"path"`
	Read    string `help:"把一项福利的规则念成大白话，旁边写着条款，供逐条核对。" placeholder:"编号"`
	Cells   string `help:"这几项福利之间有没有重叠和漏掉的情形，用英文逗号分开。" placeholder:"编号,编号"`
	Mutate  bool   `help:"故意改错规则，看判例查不查得出来；查不出来的给出要补的判例。"`
	Benefit string `help:"只看这一项福利（和 --mutate 一起用）。" placeholder:"编号"`
	Region  string `help:"--cells 按哪个地方的规则；不写就是全国。" default:"100000"`
	On      string `help:"按哪一天；不写就是今天。"`
}

func (c *rulesCheck) Run(s *session) error {
	day, err := dayOrToday(c.On)
	if err != nil {
		return err
	}
	if c.Benefit != "" && !c.Mutate {
		return &knowledge.InputError{Message: "--benefit 要和 --mutate 一起用；只想看一项福利请用 --read。"}
	}
	book, err := loadRules(s, c.Dir)
	if err != nil {
		return err
	}
	switch {
	case c.Read != "":
		if book.Rule(c.Read) == nil {
			return unknownBenefit(book, c.Read)
		}
		fmt.Fprint(s.out, book.ReadAloud(c.Read))
		return nil
	case c.Cells != "":
		return c.cells(s, book, day)
	case c.Mutate:
		return c.mutate(s, book)
	}
	problems := book.Lint(day)
	for _, p := range problems {
		fmt.Fprintln(s.out, p)
	}
	if benefit.Failed(problems) {
		return brokenRules()
	}
	fmt.Fprintf(s.out, "没有错误：%d 项福利，%d 行标准，%d 个事实，%d 条判例。\n", len(book.Rules), len(book.Rows), len(book.Dictionary.Facts), len(book.Precedents))
	return nil
}

func (c *rulesCheck) cells(s *session, book *benefit.Book, day benefit.Day) error {
	ids := strings.FieldsFunc(c.Cells, func(r rune) bool { return r == ',' || r == '，' || r == '、' })
	if len(ids) < 2 {
		return &knowledge.InputError{Message: "--cells 要写两项以上的福利编号，用英文逗号分开。"}
	}
	for _, id := range ids {
		if book.Rule(id) == nil {
			return unknownBenefit(book, id)
		}
	}
	places, err := placesOf(book, c.Region)
	if err != nil {
		return err
	}
	report, err := book.At(places, day).Cells(ids...)
	if err != nil {
		return &knowledge.InputError{Message: err.Error()}
	}
	for _, line := range report.Lines() {
		fmt.Fprintln(s.out, line)
	}
	if !report.Clean() {
		return &knowledge.InputError{Message: "有没有解释的重叠或空档。"}
	}
	return nil
}

// proposals is how many proposed precedents are shown at a time: more than an officer answers in a sitting is noise.
const proposals = 15

func (c *rulesCheck) mutate(s *session, book *benefit.Book) error {
	if c.Benefit != "" && book.Rule(c.Benefit) == nil {
		return unknownBenefit(book, c.Benefit)
	}
	report := book.Mutate(c.Benefit)
	for _, line := range report.Lines(proposals) {
		fmt.Fprintln(s.out, line)
	}
	return nil
}

type rulesTest struct {
	Dir string `arg:"" help:"规则文件夹。" type:"path"`
}

func (c *rulesTest) Run(s *session) error {
	book, err := loadRules(s, c.Dir)
	if err != nil {
		return err
	}
	failures := book.Test()
	for _, f := range failures {
		fmt.Fprintln(s.out, f)
	}
	if len(failures) > 0 {
		return &knowledge.InputError{Message: fmt.Sprintf("%d 条判例，%d 处不对。", len(book.Precedents), len(failures))}
	}
	fmt.Fprintf(s.out, "%d 条判例全部通过。\n", len(book.Precedents))
	return nil
}

type rulesExplain struct {
	Benefit string `arg:"" help:"福利编号，如 事实无人抚养儿童基本生活补贴。"`
	Facts   string `help:"写着已知事实的 YAML 文件，写法和判例的“已知”一样。" required:"" type:"path" placeholder:"FILE"`
	Dir     string `help:"规则文件夹；不写就用自带的规则。" type:"path"`
	Region  string `help:"户籍地的代码或名称；不写就是全国。" default:"100000"`
	On      string `help:"按哪一天；不写就是今天。"`
	JSON    bool   `name:"json" help:"输出 JSON。"`
}

func (c *rulesExplain) Run(s *session) error {
	day, err := dayOrToday(c.On)
	if err != nil {
		return err
	}
	book, err := loadRules(s, c.Dir)
	if err != nil {
		return err
	}
	if book.Rule(c.Benefit) == nil {
		return unknownBenefit(book, c.Benefit)
	}
	places, err := placesOf(book, c.Region)
	if err != nil {
		return err
	}
	child, err := readFacts(book, c.Facts)
	if err != nil {
		return err
	}
	x, ok := book.At(places, day).Explain(c.Benefit, child)
	if !ok {
		return &knowledge.InputError{Message: fmt.Sprintf("“%s”在这个地方、%s 这一天没有生效的规则。", c.Benefit, day)}
	}
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(x)
	}
	for _, conflict := range child.Conflicts(day) {
		fmt.Fprintln(s.out, "注意："+conflict.Text)
	}
	for _, line := range x.Lines() {
		fmt.Fprintln(s.out, line)
	}
	return nil
}

type rulesDiff struct {
	Old string `arg:"" help:"原来的规则文件夹。" type:"path"`
	New string `arg:"" help:"新的规则文件夹。" type:"path"`
}

func (c *rulesDiff) Run(s *session) error {
	old, err := loadRules(s, c.Old)
	if err != nil {
		return err
	}
	changed, err := loadRules(s, c.New)
	if err != nil {
		return err
	}
	differences := benefit.Diff(old, changed)
	for _, d := range differences {
		fmt.Fprintln(s.out, d)
	}
	if len(differences) == 0 {
		fmt.Fprintln(s.out, "两套规则没有不同。")
	}
	return nil
}

// loadRules reads a rule set and prints what is wrong with it. No folder means the rules that are built in.
func loadRules(s *session, dir string) (*benefit.Book, error) {
	var files fs.FS
	if dir == "" {
		files = seed.Benefits()
	} else {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, &knowledge.InputError{Message: fmt.Sprintf("没有“%s”这个文件夹", dir)}
		}
		files = os.DirFS(dir)
	}
	book, problems := benefit.Load(files)
	for _, p := range problems {
		fmt.Fprintln(s.out, p)
	}
	if book == nil {
		return nil, brokenRules()
	}
	return book, nil
}

func brokenRules() error {
	return &knowledge.InputError{Message: "规则有错误，没有采用。请按上面的提示改好再试。"}
}

// unknownBenefit names the benefits that may have been meant: by a part of the id, or by a name that people use.
func unknownBenefit(book *benefit.Book, id string) error {
	var near []string
	for _, rule := range book.Rules {
		if strings.Contains(rule.ID, id) || slices.Contains(rule.Aliases, id) {
			near = append(near, rule.ID)
		}
	}
	if len(near) == 0 {
		return &knowledge.InputError{Message: fmt.Sprintf("规则里没有“%s”这项福利。编号的写法见 docs/写福利规则.md。", id)}
	}
	return &knowledge.InputError{Message: fmt.Sprintf("规则里没有“%s”这项福利，是不是：%s", id, strings.Join(near, "、"))}
}

func dayOrToday(text string) (benefit.Day, error) {
	if text == "" {
		t := now()
		return benefit.DayOf(t.Year(), t.Month(), t.Day()), nil
	}
	day, err := benefit.ParseDay(text)
	if err != nil {
		return 0, &knowledge.InputError{Message: err.Error()}
	}
	return day, nil
}

func placesOf(book *benefit.Book, region string) (benefit.Places, error) {
	code, ok := book.FindRegion(region)
	if !ok {
		return benefit.Places{}, &knowledge.InputError{Message: fmt.Sprintf("没有找到地区“%s”。", region)}
	}
	return benefit.Everywhere(code), nil
}

// readFacts reads a file of facts into a case.
func readFacts(book *benefit.Book, file string) (*benefit.Case, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &knowledge.InputError{Message: fmt.Sprintf("读不了事实文件“%s”。", file)}
	}
	known, problems := book.ReadKnown(file, string(data))
	if benefit.Failed(problems) {
		return nil, &knowledge.InputError{Message: problems[0].String()}
	}
	child, err := book.Case(known)
	if err != nil {
		return nil, &knowledge.InputError{Message: err.Error()}
	}
	return child, nil
}
