package understand

// role is who a person is to the child.
type role uint8

const (
	nobody role = iota
	child
	father
	mother
	both   // father and mother
	grand  // father's parents
	outer  // mother's parents
	family // other relatives, step-parents
	outsider
	third // 他, whoever was spoken of
	self  // 我, while it is not known who speaks
	home  // the household
	oneSide
	otherSide
)

// who is a person as linked: the role, the label of a child, and whether it is the one who writes.
type who struct {
	role  role
	label string
	self  bool
}

// parent is the fact prefix of a parent.
func (r role) parent() string {
	switch r {
	case father, oneSide:
		return "父亲"
	case mother, otherSide:
		return "母亲"
	}
	return ""
}

func (r role) isParent() bool { return r == both || r.parent() != "" }

// Speakers, as Context.Speaker holds them. A parent whose sex is not known yet is 父母.
const (
	speaksChild     = "孩子"
	speaksFather    = "父亲"
	speaksMother    = "母亲"
	speaksParent    = "父母"
	speaksGrand     = "祖父母"
	speaksOuter     = "外祖父母"
	speaksRelative  = "其他亲属"
	speaksOfficials = "工作人员"
)

// kinWords name persons. The code is the relation; what it means depends on whose relation it is (see link.go).
var kinWords = []entry{
	{pronoun, "me", "本人男 本人女 本人是 我 俺 咱 我自己 俺自己 我本人 自个儿 我个人 我一个人 老婆子我 我这个老太婆 我老太婆 我老头子"},
	{pronoun, "we", "我们 咱们 俺们 我家 我们家 咱家 俺家 我屋里 我这 我这边 我这里 我屋头"},
	{pronoun, "he", "他 她 它 伊 渠 佢 ta 他自己 她自己 人家他"},
	{pronoun, "they", "他们 她们 他俩 她俩 他们俩 他们两个 他两个 俩人 二人 两人 他家 她家 他们家 她们家 娃他们家"},
	{household, "", "家里 屋里 屋头 家里头 屋里头 家庭 全家 一家 一家人 我们一家 全家人 家中 户里 咱屋"},
	{kin, "child", "孩子 小孩 小孩子 小孩儿 娃 娃儿 娃娃 小娃娃 崽 崽崽 崽子 仔仔 细伢子 伢 伢子 伢儿 伢崽 细崽 细伢 小朋友 宝宝 宝贝 儿童 学生 娃子 男娃 女娃 男孩 女孩 小男孩 小女孩 妹仔 囡囡 囡 小囡 丫头 妮子 小丫头 小家伙 小子 小伙子 细妹子 这娃 婴儿 奶娃 奶娃娃 孩儿 娃崽 小鬼 毛毛 妹娃 妹娃子 女崽 男崽 细路 未成年人 男生 女生 小学生 孤儿"},
	{kin, "grandchild", "孙子 孙女 孙儿 孙娃 孙娃儿 孙崽 孙伢子 孙孙 孙子孙女 大孙子 小孙子 大孙女 小孙女 二孙子 二孙女 孙女儿 孙娃子 孙 乖孙 大孙 小孙 孙伢"},
	{kin, "outergrandchild", "外孙 外孙子 外孙女 外孙儿 外孙娃 外孙女儿 大外孙 小外孙 大外孙女 小外孙女 外孙崽"},
	{kin, "nephew", "侄子 侄女 侄儿 侄娃 侄娃子 大侄子 小侄子 小侄女 大侄女 侄崽"},
	{kin, "outernephew", "外甥 外甥女 外甥儿 小外甥 外甥子"},
	{kin, "son", "儿子 大儿子 小儿子 二儿子 儿 幺儿 大儿 小儿 独子 独生子 崽伢子"},
	{kin, "daughter", "女儿 闺女 姑娘 大女儿 小女儿 二女儿 大闺女 小闺女 独女 女娃子"},
	{kin, "soninlaw", "女婿 姑爷 上门女婿"},
	{kin, "daughterinlaw", "儿媳 儿媳妇 媳妇儿子 儿媳妇儿 孙子妈"},
	{kin, "wife", "媳妇 媳妇儿 老婆 妻子 前妻 爱人 堂客 婆娘 婆姨 内人 太太 对象"},
	{kin, "husband", "老公 丈夫 前夫 男人 当家的 掌柜的 前老公 前男友"},
	{kin, "father", "爸爸 爸 爹 父亲 老爸 阿爸 老汉 老汉儿 老子 爹爹 老爹 爷老子 伢老子 生父 亲爸 亲爹 亲生父亲 父 老豆 男方 父方 爸比 老爸爸 亲爸爸 亲老子 大大 孩爸 娃爸 崽爸"},
	{kin, "mother", "妈妈 妈 娘 母亲 老妈 阿妈 姆妈 老娘 妈咪 生母 亲妈 亲娘 亲生母亲 母 女方 母方 老母 亲妈妈 老母亲 娃娘 孩妈 娃妈 崽妈 娘老子 妈老汉儿妈"},
	{kin, "father", "养父 养爸"},
	{kin, "mother", "养母 养妈"},
	{kin, "parents", "养父母 爸妈 父母 爹妈 爹娘 双亲 父母亲 大人 两个大人 双方 崽跟媳妇 崽和媳妇 崽跟儿媳 崽和儿媳 崽媳妇两个 儿子媳妇两个 父母双方 亲生父母 生父母 生父生母 爸妈俩 夫妻俩 夫妻 夫妻二人 两口子 小两口 小夫妻 小夫妻俩 妈老汉 妈老汉儿 爸爸妈妈 妈妈爸爸 爸爸妈妈他们 爸妈他们 父母俩 爹妈俩 爸妈两个 父母两个 父母二人 老汉老妈 儿子媳妇 儿子儿媳 儿子和媳妇 儿子跟媳妇 儿子和儿媳 儿子跟儿媳 儿子儿媳妇 儿子和儿媳妇 女儿女婿 女儿和女婿 女儿跟女婿 爸和妈 爸跟妈 爹和娘 爸爸和妈妈 爸爸跟妈妈 妈妈和爸爸 父亲和母亲 父亲母亲 父亲与母亲 父亲、母亲 爸爸、妈妈 父和母 爸他妈"},
	{kin, "oneside", "一方 其中一方 父母一方 一个人先"},
	{kin, "otherside", "另一方 另外一方 另一个 另外一个 还有一方"},
	{kin, "either", "一个"},
	{kin, "grand", "爷爷 奶奶 爷 奶 公公 婆婆 阿公 阿婆 嗲嗲 娭毑 祖父 祖母 阿爷 阿奶 爷奶 爷爷奶奶 公婆 祖父母 老头 老头子 老太婆 老婆子 老婆婆 老太太 老伴 老伴儿 老两口 老两口子 太爷 太奶 曾祖母 太婆 太公 老太爷 老人 老人家 两个老人 老爷子 阿嬷 爹爹婆婆 奶奶爷爷 老奶奶 老爷爷"},
	{kin, "outer", "外公 外婆 姥姥 姥爷 家公 家婆 外祖父 外祖母 外公外婆 外祖父母 姥姥姥爷 嘎嘎 嘎婆 嘎公 岳父 岳母 丈母娘 丈人 老丈人 岳父母 外婆外公 阿婆外婆"},
	{kin, "step", "后爸 后爹 继父 后妈 继母 后老公 现任 现在的老公 现在的老婆 新老公 干爸 干妈 干爹 干娘 后娘 上门的 爸爸的女朋友 男朋友 女朋友 男友 女友 后老汉 妈妈现在的老公 继父母"},
	{kin, "brother", "哥哥 弟弟 哥 弟 大哥 二哥 三哥 小弟 老弟 堂弟 亲哥 亲弟 亲弟弟 亲哥哥"},
	{kin, "sister", "姐姐 妹妹 姐 妹 大姐 二姐 三姐 小妹 老妹 妹子 亲姐 亲妹 亲姐姐 亲妹妹"},
	{kin, "brotherinlaw", "姐夫 妹夫 表姐夫 堂姐夫 表妹夫 堂妹夫"},
	{kin, "sisterinlaw", "嫂子 嫂嫂 弟媳 弟媳妇 弟妹 大嫂 二嫂 堂嫂 表嫂"},
	{kin, "relative", "叔叔 叔 伯伯 大伯 伯父 二伯 姑姑 姑妈 姑 大姑 小姑 舅舅 舅 舅妈 姨 姨妈 小姨 大姨 婶婶 婶 婶子 伯母 堂哥 表哥 堂姐 表姐 表妹 表弟 亲戚 伯 二叔 小叔 大舅 小舅 哥嫂 哥哥嫂嫂 弟弟弟媳 姐姐姐夫 妹妹妹夫 叔伯 孃孃 嬢嬢 幺爸 幺叔 亲属 哥哥嫂子 姑父 姑丈 姨父 姨丈 小叔子 大伯子 小舅子 大舅子 小姨子 大姑子 小姑子 堂妹"},
	{kin, "outsider", "别人 人家 别的男人 别个 外人 别的人 别的女人 其他人 野男人 朋友 邻居 邻居家 隔壁 隔壁家 同事 老板 好心人 陌生人 村民 老乡 人贩子 野女人 网友 街坊 那男的 那人 那个人 那男人 那女的 那个男的 那个女的 打人的 司机 肇事司机 对方 那家人 爸爸朋友 隔壁邻居"},
	{kin, "classmate", "同学 同桌 班上同学 我们班同学"},
	{kin, "official", "儿童主任 社工 老师 村干部 村干 社区工作者 网格员 儿童督导员 督导员 民政 民政所 民政局 村委 村委会 居委会 社区 班主任 校长 民政助理 民政专干 村支书 村里 村上 队里 妇联 志愿者 福利主任 驻村干部 镇上 街道"},
	{kin, "ordinal", "大的 小的 老大 老二 老三 老四 老幺 老小 大宝 二宝 三宝 中间的 大娃 二娃 三娃 小娃 大娃儿 小娃儿 大的那个 小的那个 最小的 最大的 小的一个 大的一个 双胞胎"},
	{childcount, "", "两个孩子 俩孩子 三个孩子 两个娃 俩娃 三个娃 两个孙子 俩孙子 三个孙子 两个孙女 俩孙女 两个外孙 俩外孙 两个外孙女 两个小孩 三个小孩 两个崽 两个娃儿 三个娃儿 两姐弟 姐弟俩 兄弟俩 兄妹俩 姐妹俩 姊妹俩 两兄弟 两姐妹 两兄妹 兄妹三个 姐弟三个 姊妹三个 四个孩子 两个侄子 两个外甥 两个儿子 两个女儿 两个小的 一儿一女 一对双胞胎 两个伢 两个伢子 俩小孩 姐妹三个 兄弟三个 两个学生 俩孙儿 两个孙儿 两孩子 两娃 三娃儿 两个孤儿"},
}
