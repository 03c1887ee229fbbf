using FileMonitor.Patterns;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class IgnoreRulesTests
{
    [Theory]

    // A pattern without a slash is a name at any depth, with everything below it.
    [InlineData("*.tmp", "a.tmp sub/a.tmp sub/deep/.tmp a.tmp/inside", "a.tmpx a.tm tmp")]
    [InlineData("node_modules", "node_modules node_modules/a/b.js app/node_modules/x", "node_modules2 xnode_modules app/node_modules.txt")]
    [InlineData(".git", ".git/HEAD module/.git/index .git", ".gitignore a.git")]
    [InlineData("*", "a a/b .hidden", "")]
    [InlineData("~$*", "~$report.docx sub/~$x", "report.docx $x")]

    // A slash at the start or inside ties it to the root.
    [InlineData("/bin", "bin bin/a.dll", "src/bin")]
    [InlineData("src/bin", "src/bin src/bin/a/b", "x/src/bin src/binary src")]
    [InlineData("src/*", "src/a src/a/b", "src x/src/a")]
    [InlineData("/*.log", "a.log", "sub/a.log")]

    // ** stands for any number of names, also none.
    [InlineData("**", "a a/b", "")]
    [InlineData("/**", "a a/b", "")]
    [InlineData("**/cache", "cache a/cache a/b/cache/x", "cached a/xcache")]
    [InlineData("src/**/obj", "src/obj src/a/obj src/a/b/obj/x.o", "obj src/a/object a/src/obj")]
    [InlineData("a/**/b/**/c", "a/b/c a/x/b/y/z/c a/b/b/c", "a/c a/b/x b/c")]
    [InlineData("**/**/x", "x a/x a/b/x", "y")]
    [InlineData("a**z", "az abz abcz", "a/z ab")]
    [InlineData("**/a/*.o", "a/x.o b/a/x.o a/a/x.o", "x.o a/b/x.o")]

    // One character, or one of some.
    [InlineData("?.c", "a.c x/b.c 😀.c", ".c ab.c")]
    [InlineData("[a-cx].c", "a.c c.c x.c", "d.c A.c ab.c")]
    [InlineData("[!a-c].c", "d.c A.c", "a.c .c")]
    [InlineData("[^a-c].c", "d.c ^.c", "a.c")]
    [InlineData("[]a]", "] a", "b")]
    [InlineData("[a-]", "a -", "b")]
    [InlineData("[*]", "*", "a")]
    [InlineData("[{]x}", "{x}", "x")]
    [InlineData("v[0-9][0-9]*", "v10 v10.1", "v1 v1a")]
    [InlineData("[α-ω]", "β", "b")]
    [InlineData("[😀-😂]", "😁", "x")]

    // Alternatives.
    [InlineData("*.{tmp,bak}", "a.tmp a.bak", "a.txt a.{tmp,bak}")]
    [InlineData("{bin,obj}", "bin src/obj/a", "bi")]
    [InlineData("a{,.old}", "a a.old", "a.")]
    [InlineData("{a,b{1,2}}", "a b1 b2", "b b3")]
    [InlineData("/{src,test/unit}/out", "src/out test/unit/out", "test/out")]
    [InlineData("{guid}", "{guid}", "guid")]
    [InlineData("x}", "x}", "x")]

    // What other shells treat as special is ordinary here.
    [InlineData("#*#", "#notes#", "notes")]
    [InlineData("a+(b)|c$", "a+(b)|c$", "ab")]
    public void Patterns_leave_out(string pattern, string ignored, string kept)
    {
        var rules = Ignoring(pattern);

        Split(ignored + " " + kept).Where(path => rules.IsIgnored(path, ItemType.File.IsDirectory())).Should().Equal(Split(ignored));
    }

    [Theory]
    [InlineData("build/", "build", ItemType.Directory, true)]
    [InlineData("build/", "a/build", ItemType.Directory, true)]
    [InlineData("build/", "build", ItemType.File, false)]
    [InlineData("build/", "build", ItemType.SymbolicLink, false)]
    [InlineData("build/", "build", ItemType.Unknown, false)]      // it may have been a file: say too much rather than too little
    [InlineData("build/", "build/a.txt", ItemType.File, true)]
    [InlineData("build/", "build/gone", ItemType.Unknown, true)]  // what is above a path is a directory, whatever the path was
    [InlineData("/a/b/", "a/b/c", ItemType.File, true)]
    [InlineData("/a/b/", "x/a/b/c", ItemType.File, false)]
    [InlineData("**/a/", "a/a", ItemType.File, true)]
    [InlineData("logs/**", "logs", ItemType.Directory, true)]
    [InlineData("logs/**", "logs", ItemType.File, false)]
    [InlineData("logs/**", "logs/x", ItemType.Other, true)]
    [InlineData("logs/**/", "logs/x", ItemType.Directory, true)]
    [InlineData("logs/**/", "logs/x", ItemType.File, false)]
    [InlineData("logs/**/", "logs", ItemType.Directory, false)]
    [InlineData("*.tmp", "a.tmp", ItemType.Unknown, true)]
    public void A_slash_at_the_end_means_directories_only(string pattern, string path, ItemType type, bool ignored) =>
        Ignoring(pattern).IsIgnored(path, type.IsDirectory()).Should().Be(ignored);

    [Theory]
    [InlineData("node_modules/**", "node_modules node_modules/a node_modules/a/b", "a/node_modules")]
    [InlineData("**/node_modules/**", "node_modules a/node_modules a/node_modules/b", "node_modules2")]
    [InlineData("node_modules", "node_modules a/node_modules/b", "a")]
    [InlineData("obj/", "obj a/obj/b", "object")]
    [InlineData("src/*", "src/a src/a/b", "src")]
    [InlineData("*.tmp", "x.tmp x.tmp/y", "x")]
    public void Sources_and_scanners_need_not_enter(string pattern, string pruned, string entered)
    {
        var rules = Ignoring(pattern);

        Split(pruned + " " + entered).Where(directory => rules.IsIgnoredDirectory(directory)).Should().Equal(Split(pruned));
    }

    [Theory]
    [InlineData("*.cs", "a.cs src/a.cs", "a.txt a.csx x.cs/a.txt")]
    [InlineData("/*.cs", "a.cs", "src/a.cs")]
    [InlineData("src/*", "src/a.cs", "src/deep/a.cs a.cs")]
    [InlineData("src/**", "src/a.cs src/deep/a.cs", "a.cs x/src/a.cs src")]
    [InlineData("src/**/*.cs", "src/a.cs src/a/b.cs", "src/a.txt a.cs")]
    [InlineData("docs/", "docs/a a/docs/b/c", "docs a/b")]
    [InlineData("**", "a a/b", "")]
    [InlineData("*.{cs,fs}", "a.cs a.fs", "a.vb")]
    public void Includes_choose_files(string pattern, string included, string ignored)
    {
        var rules = IgnoreRules.Parse([pattern], [], ignoreCase: false);

        Split(included + " " + ignored).Where(path => !rules.IsIgnored(path, ItemType.File.IsDirectory())).Should().Equal(Split(included));
    }

    [Theory]
    [InlineData(ItemType.File, true)]
    [InlineData(ItemType.SymbolicLink, true)]
    [InlineData(ItemType.Other, true)]
    [InlineData(ItemType.Directory, false)]  // what is wanted may be further down
    [InlineData(ItemType.Unknown, false)]    // may have been a directory, moved away with all that is wanted in it
    public void Includes_do_not_hide_directories_or_what_may_have_been_one(ItemType type, bool ignored)
    {
        var rules = IgnoreRules.Parse(["*.cs"], [], ignoreCase: false);

        rules.IsIgnored("src", type.IsDirectory()).Should().Be(ignored);
        rules.IsIgnoredDirectory("src").Should().BeFalse();
    }

    [Fact]
    public void Ignores_win_over_includes()
    {
        var rules = IgnoreRules.Parse(["*.cs"], ["obj/", "*.g.cs"], ignoreCase: false);

        rules.IsIgnored("a.cs", ItemType.File.IsDirectory()).Should().BeFalse();
        rules.IsIgnored("a.g.cs", ItemType.File.IsDirectory()).Should().BeTrue();
        rules.IsIgnored("obj/a.cs", ItemType.File.IsDirectory()).Should().BeTrue();
    }

    [Fact]
    public void Several_patterns_add_up()
    {
        var rules = IgnoreRules.Parse(["*.cs", "*.fs"], ["bin", "obj"], ignoreCase: false);

        Split("a.cs a.fs a.txt bin/a.cs obj/a.cs").Where(path => !rules.IsIgnored(path, ItemType.File.IsDirectory())).Should().Equal("a.cs", "a.fs");
    }

    [Theory]
    [InlineData("*.tmp", "A.TMP")]
    [InlineData("Node_Modules", "node_modules/x")]
    [InlineData("[a-z].c", "B.C")]
    [InlineData("[A-Z].c", "b.c")]
    [InlineData("ÉTÉ*", "été-1")]
    public void Case_is_ignored_only_when_asked(string pattern, string path)
    {
        IgnoreRules.Parse([], [pattern], ignoreCase: true).IsIgnored(path, ItemType.File.IsDirectory()).Should().BeTrue();
        IgnoreRules.Parse([], [pattern], ignoreCase: false).IsIgnored(path, ItemType.File.IsDirectory()).Should().BeFalse();
    }

    [Fact]
    public void Characters_left_out_stay_out_in_both_cases() =>
        IgnoreRules.Parse([], ["[!a]"], ignoreCase: true).IsIgnored("A", ItemType.File.IsDirectory()).Should().BeFalse();

    [Theory]
    [InlineData(true, "src/bin", true)]
    [InlineData(true, "src\\bin", false)]
    [InlineData(false, "src/bin", false)]
    [InlineData(false, "src\\bin", true)]   // a name may hold a backslash on Linux
    public void A_backslash_separates_names_where_the_system_says_so(bool separates, string path, bool matches)
    {
        List<GlobPattern> patterns = [];
        GlobPattern.TryParse("src\\bin", ignoreCase: false, patterns, separates).Should().BeNull();

        patterns.Single().Covers(path, isDirectory: false).Should().Be(matches);
    }

    [Theory]
    [InlineData("*.cs")]
    [InlineData("?????.cs")]
    [InlineData("[!x]*.cs")]
    public void A_backslash_in_a_name_is_a_character_like_any_other(string pattern) =>
        Ignoring(pattern).IsIgnored("a\\b\\c.cs", ItemType.File.IsDirectory()).Should().BeTrue();

    [Fact]
    public void A_byte_that_is_not_UTF8_is_one_character() =>
        Ignoring("a?[!b]c").IsIgnored("a\udc80\udcffc", ItemType.File.IsDirectory()).Should().BeTrue();

    [Fact]
    public void The_root_itself_is_never_left_out()
    {
        var rules = IgnoreRules.Parse(["*.cs"], ["**", "*", "/**"], ignoreCase: false);

        rules.IsIgnored("", ItemType.Directory.IsDirectory()).Should().BeFalse();
        rules.IsIgnored("", ItemType.File.IsDirectory()).Should().BeFalse();
        rules.IsIgnoredDirectory("").Should().BeFalse();
    }

    [Fact]
    public void Without_patterns_nothing_is_left_out()
    {
        IgnoreRules.None.IsEmpty.Should().BeTrue();
        IgnoreRules.Parse([], [], ignoreCase: false).Should().BeSameAs(IgnoreRules.None);
        IgnoreRules.None.IsIgnored("a/b", ItemType.File.IsDirectory()).Should().BeFalse();
        Ignoring("x").IsEmpty.Should().BeFalse();
    }

    [Theory]
    [InlineData(null, "*empty pattern*")]
    [InlineData("", "*empty pattern*")]
    [InlineData(" \t", "*empty pattern*")]
    [InlineData("/", "\"/\" has an alternative that names nothing*")]
    [InlineData("//", "*names nothing*")]
    [InlineData("{a,}", "*names nothing*")]
    [InlineData("a//b", "*empty name*")]
    [InlineData("../a", "*leave*")]
    [InlineData("./a", "*leave*")]
    [InlineData("a/./b", "*leave*")]
    [InlineData("!keep", "*exceptions*")]
    [InlineData("src/[a", "\"src/[a\" has a [ without its ]: write [[] for the character itself.")]
    [InlineData("[]", "*without its ]*")]
    [InlineData("[!]", "*without its ]*")]
    [InlineData("[a/b]", "*without its ]*")]
    [InlineData("[z-a]", "*ends before it begins*")]
    [InlineData("{a,b", "*{ without its }*")]
    [InlineData("a\0b", "*NUL*")]
    [InlineData("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "*more than 64*")]
    public void A_pattern_that_cannot_be_meant_is_refused(string? pattern, string error)
    {
        IgnoreRules.GetError(pattern).Should().Match(error).And.EndWith(".");

        var parsing = () => Ignoring(pattern!);
        parsing.Should().Throw<FormatException>().WithMessage(error);
    }

    [Fact]
    public void A_pattern_has_at_most_1024_characters()
    {
        IgnoreRules.GetError(new string('a', 1_024)).Should().BeNull();
        IgnoreRules.GetError(new string('a', 1_025)).Should().Match("A pattern of 1,025 characters (\"aaa*...\") is too long: use at most 1,024.");
    }

    [Theory]
    [InlineData("*.tmp", "src/deep/name.tmp")]
    [InlineData("**/a*b/**/[a-z]?.{tmp,bak}", "q/axb/zz/a1.bak")]
    [InlineData("node_modules/**", "src/node_modules/a/b/c")]
    public void A_match_allocates_nothing(string pattern, string path)
    {
        var rules = IgnoreRules.Parse([pattern], [pattern], ignoreCase: true);
        rules.IsIgnored(path, ItemType.File.IsDirectory());

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            rules.IsIgnored(path, ItemType.File.IsDirectory());
            rules.IsIgnoredDirectory(path);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    // The longest name and the longest path there are, against patterns that make a matcher try everything: a matcher that does would
    // not end within the life of this universe, this one takes milliseconds. The limit only tells the two apart.
    [Theory]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*b", 255, 1)]
    [InlineData("*a?*a?*a?*a?*a?*a?*a?*b", 255, 1)]
    [InlineData("**/*a*a*a*a*b/**/*a*a*a*b/**/*a*a*b/b", 255, 16)]
    [InlineData("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b", 1, 2_000)]
    [InlineData("**/*/**/*/**/*/**/*/**/*/**/*/**/*/**/b", 1, 2_000)]
    public void No_pattern_takes_exponential_time(string pattern, int nameLength, int depth)
    {
        var path = string.Join('/', Enumerable.Repeat(new string('a', nameLength), depth));
        var rules = IgnoreRules.Parse([pattern], [pattern], ignoreCase: true);

        var started = TimeProvider.System.GetTimestamp();
        rules.IsIgnored(path, ItemType.File.IsDirectory()).Should().BeTrue("nothing is included");

        TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    // What the table above says by example, against the plainest matcher there is: it tries everything.
    [Fact]
    public void Every_answer_is_that_of_a_matcher_that_tries_everything()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 20_000; i++)
        {
            var pattern = RandomText(random, ["a", "b", "*", "?", "/", "/", "**/", "/**/"], 6);
            var path = RandomText(random, ["a", "b", "/", "aa"], 8);
            if (IgnoreRules.GetError(pattern) is not null || path.Split('/').Contains("") || pattern.EndsWith("**", StringComparison.Ordinal))
            {
                continue;
            }

            var rules = Ignoring(pattern);
            foreach (var type in new[] { ItemType.File, ItemType.Directory })
            {
                rules.IsIgnored(path, type.IsDirectory()).Should().Be(Naive.Covers(pattern, path, type), "of {0} against {1}, a {2}", pattern, path, type);
            }

            rules.IsIgnoredDirectory(path).Should().Be(rules.IsIgnored(path, ItemType.Directory.IsDirectory()));
        }
    }

    private static IgnoreRules Ignoring(string pattern) => IgnoreRules.Parse([], [pattern], ignoreCase: false);

    private static string[] Split(string paths) => paths.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string RandomText(Random random, string[] parts, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => parts[random.Next(parts.Length)]));

    private static class Naive
    {
        public static bool Covers(string pattern, string path, ItemType type)
        {
            var directoriesOnly = pattern.EndsWith('/');
            var inner = pattern.TrimEnd('/');
            string[] names = inner.Contains('/') ? inner.TrimStart('/').Split('/') : ["**", inner];
            var parts = path.Split('/');

            // A pattern that is nothing but ** still stands for at least one name.
            names = names[^1] == "**" ? [.. names, "*"] : names;
            return Enumerable.Range(1, parts.Length).Any(
                length => Path(names, parts[..length]) && (length < parts.Length || !directoriesOnly || type == ItemType.Directory));
        }

        private static bool Path(string[] names, string[] parts) => names switch
        {
            [] => parts.Length == 0,
            ["**", .. var rest] => Path(rest, parts) || (parts.Length > 0 && Path(names, parts[1..])),
            [var name, .. var rest] => parts.Length > 0 && Name(name, parts[0]) && Path(rest, parts[1..]),
        };

        private static bool Name(string pattern, string name) => pattern switch
        {
            "" => name.Length == 0,
            ['*', .. var rest] => Name(rest, name) || (name.Length > 0 && Name(pattern, name[1..])),
            _ => name.Length > 0 && (pattern[0] == '?' || pattern[0] == name[0]) && Name(pattern[1..], name[1..]),
        };
    }

    [Theory]
    [InlineData("a*[b].json", false, false)]
    [InlineData("a*[b].json", true, true)]
    [InlineData("axb.json", false, true)]
    [InlineData("below/a*[b].json", false, true)]
    [InlineData("A*[B].JSON", false, true)]
    public void Of_a_root_of_one_file_that_name_alone_counts(string path, bool isDirectory, bool isIgnored)
    {
        var rules = IgnoreRules.Only("a*[b].json", ignoreCase: false).WithOwnFiles([]);

        rules.IsIgnored(path, isDirectory).Should().Be(isIgnored);
        rules.MayIgnoreIn("").Should().BeTrue();
        rules.IsIgnored("", isDirectory: true).Should().BeFalse();
    }
}
