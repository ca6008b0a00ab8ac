package understand
import ("testing";"fmt";"xiaohe/knowledge/benefit";"os")
func TestDebug(t *testing.T){
 text:=os.Getenv("T"); if text=="" {t.Skip()}
 c:=Context{Today:benefit.DayOf(2026,11,21),Told:map[string]string{}}
 m:=scan(text,c); 
 r := &reader{m: m, c: c, told: c.Told, stated: map[string]bool{}}
 r.speaker = m.speaker(c); m.link(r.speaker); r.fixed=len(m.tokens); r.attribute()
 for i,k:=range m.tokens { fmt.Printf("%s[%d %s %d..%d obj=%v who=%v] subj=%v ass=%v\n", m.text(k),k.kind,k.code,k.lo,k.hi,k.object,k.who,r.subjects[i],r.asserted[i]) }
}
