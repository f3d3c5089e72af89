def test_x(shop, tmp_path):
    out=[]
    def t(*a,typed=""):
        try: s=shop(*a,typed=typed)
        except BaseException as e:
            out.append((a,"EXC",repr(e)[:600])); return
        out.append((a,s.code,s.out[:700],s.err[:900]))
    import os
    (tmp_path/"file").write_text("x")
    t("init"); t("init","new"); t("init","new"); t("init","file"); t("init","file/x"); (tmp_path/"n2").mkdir(); (tmp_path/"n2/catalog").write_text("x"); t("init","n2"); (tmp_path/"n3/catalog").mkdir(parents=True); (tmp_path/"n3/catalog/a").write_text("x"); t("init","n3")
    t("-C","sqlite:///other/place.db","init","n5"); t("-C","nonsense","check"); t("-C","mysql://x/y","check"); t("-C","sqlite:///file","check"); t("-C","sqlite:///n3","check"); t("-C","sqlite:///gone.db","check")
    t("apply","gone"); t("apply"); t("apply","n3"); t("applu"); t("query","maybe"); t("query","may","a"); t("check","--format","xml"); t("check","--at","2026-02-30"); t("check","--at","2026-03-01T10:00"); t("check","--as-of","never"); t("check","--at","20260301"); t("check","--at",""); t("check", "--as-of","2020-01-01"); t("check","--at","0001-01-01"); t("check","--at","9999-12-31"); t("check","--as-of","9999-12-31"); t("check","--at","9999-12-31T23:59:59-12:00"); t("check","--at","0001-01-01T00:00:00+14:00"); t("check","--at","0000-01-01")
    t("check","nobody"); t("check","customer.phon"); t("check","--process","x"); t("check","--with","gone"); t("check","--baseline","gone"); t("check","--baseline","file"); t("check","--baseline","n3")
    t("query","may","parcel","customer.phone","--for","Delivery"); t("query","may","parcel-dispatch","customer.phone_number","--for","Marketing"); t("query","may","parcel-dispatch","customer.phone_number","--for","DeliveryOfGoods","--audience","fan");t("query","may","parcel-dispatch","customer.phone_number","--for","DeliveryOfGoods","--regime","uk-gdp");t("query","may","parcel-dispatch","customer.phone_number","--for","DeliveryOfGoods","--regime","uk-gdpr")
    t("query","purposes","nobody"); t("query","elements","--process","parcel"); t("query","processes","customer.emai"); t("query","processes","customer.email"); t("query","purposes","customer.phone_number");t("query","processes","customer.phone_number","--for","Deliver")
    t("explain","nobody"); t("explain","EU-1"); t("explain","EU-01"); t("explain","eu-gdpr/EU-01","--format","table"); t("explain","customer.email","--breaks"); t("explain","customer.phone_number","--breaks","--format","table"); t("explain","EU-01","--breaks"); t("explain","customer.phone_number","--process","nix"); t("explain","customer.email","--format","table")
    t("element","show","nobody"); t("element","search","nomor"); t("element","search","zzzz"); t("element","search","public.customers"); t("process","show","parcel"); t("process","list"); t("audience","show","customer","--format","json"); t("statement","list"); t("touchpoint","list","--format","json")
    t("check","-o","/nope/x"); t("check","-o","n3"); t("report","-o","/dev/null/x"); t("report","-o","n3"); t("report","nobody"); t("pack","show","eu"); t("pack","list","--format","json"); t("pack","test","nope"); t("doctor","--format","json"); t("db","check"); t("db","upgrade"); t("-C","sqlite:///gone.db","doctor"); t("-C","sqlite:///file","db","upgrade"); t("-C","sqlite:///gone.db","db","check")
    with open("/tmp/try3.txt","w") as f:
        for o in out:
            f.write("\n$ "+" ".join(map(str,o[0]))+"   => "+str(o[1])+"\n")
            for x in o[2:]: f.write("".join("   | "+l+"\n" for l in x.splitlines()))
