"""What a page's content policy must forbid, tried in every way that would do it: in a browser, any page of ours."""

from __future__ import annotations

ELSEWHERE = "https://elsewhere.invalid"
FORBIDDEN = {
    *("script-src-elem", "script-src-attr", "script-src", "style-src-elem", "img-src", "font-src", "media-src"),
    *("connect-src", "frame-src", "object-src", "worker-src", "base-uri", "form-action"),
}
TRY = f"""async () => {{
    const broken = new Set(), there = '{ELSEWHERE}';
    document.addEventListener('securitypolicyviolation', event => broken.add(event.effectiveDirective));
    const add = (name, values, text = '') => {{
        const element = Object.assign(document.createElement(name), values);
        element.append(text);
        document.body.append(element);
        return element;
    }};
    const quietly = action => {{ try {{ Promise.resolve(action()).catch(() => 0); }} catch (error) {{ }} }};
    window.ran = [];
    add('script', {{}}, 'ran.push("inline")');
    add('script', {{src: there + '/x.js'}});
    add('script', {{src: 'data:text/javascript,ran.push("data")'}});
    add('button', {{}}).setAttribute('onclick', 'ran.push("attribute")');
    document.body.lastChild.click();
    add('a', {{href: 'javascript:ran.push("address")'}}).click();
    quietly(() => setTimeout('ran.push("text")', 0));
    setTimeout(() => quietly(() => Function('ran.push("function")')()), 0); // later: the tester itself may
    add('link', {{rel: 'stylesheet', href: there + '/x.css'}});
    add('style', {{}}, `@font-face {{ font-family: there; src: url(${{there}}/x.woff2) }}`);
    add('p', {{style: 'font-family: there'}}, 'Words');
    add('img', {{src: there + '/x.png'}});
    add('video', {{src: there + '/x.mp4'}});
    add('iframe', {{src: there + '/'}});
    add('object', {{data: there + '/x.swf'}});
    add('base', {{href: there}});
    add('form', {{action: there}}).requestSubmit();
    quietly(() => fetch(there));
    quietly(() => navigator.sendBeacon(there, 'x'));
    quietly(() => new Worker('data:text/javascript,0'));
    for (let n = 0; n < 100 && broken.size < {len(FORBIDDEN)}; n++) await new Promise(done => setTimeout(done, 20));
    return [[...broken].sort(), window.ran, document.baseURI.startsWith(there)];
}}"""
