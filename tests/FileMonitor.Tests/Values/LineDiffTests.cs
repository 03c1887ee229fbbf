using System.Globalization;
using System.Text;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Values;

public sealed class LineDiffTests
{
    private const int Enough = 1_000_000;

    // The right column is what diff -u of GNU diffutils prints for the same two files.
    [Theory]
    [InlineData("a|b|c|", "a|b|c|", "")]
    [InlineData("a|", "b|", "@@ -1 +1 @@|-a|+b|")]
    [InlineData("", "a|", "@@ -0,0 +1 @@|+a|")]
    [InlineData("a|", "", "@@ -1 +0,0 @@|-a|")]
    [InlineData("a|b|", "a|x|b|", "@@ -1,2 +1,3 @@| a|+x| b|")]
    [InlineData("1|2|3|4|5|6|7|8|9|", "1|2|3|4|x|6|7|8|9|", "@@ -2,7 +2,7 @@| 2| 3| 4|-5|+x| 6| 7| 8|")]
    [InlineData("1|2|3|4|5|6|7|8|9|10|11|12|", "x|2|3|4|5|6|7|8|9|10|11|y|", "@@ -1,4 +1,4 @@|-1|+x| 2| 3| 4|@@ -9,4 +9,4 @@| 9| 10| 11|-12|+y|")]
    [InlineData("1|2|3|4|5|6|7|8|", "x|2|3|4|5|6|7|y|", "@@ -1,8 +1,8 @@|-1|+x| 2| 3| 4| 5| 6| 7|-8|+y|")]
    [InlineData("a", "a|", "@@ -1 +1 @@|-a|\\ No newline at end of file|+a|")]
    [InlineData("a|b", "a|c", "@@ -1,2 +1,2 @@| a|-b|\\ No newline at end of file|+c|\\ No newline at end of file|")]
    public void It_is_what_diff_prints(string before, string after, string expected) =>
        LineDiff.Unified(Lines(before), Lines(after), Enough).Should().Be(Lines(expected));

    [Fact]
    public void Whoever_applies_it_gets_the_new_text()
    {
        var random = new Random(20261130);
        for (var round = 0; round < 3_000; round++)
        {
            var before = Text(random, random.Next(40));
            var after = random.Next(3) == 0 ? Text(random, random.Next(40)) : Edit(random, before);

            Apply(before, LineDiff.Unified(before, after, Enough)).Should().Be(after, "round {0}: {1} → {2}", round, before, after);
        }
    }

    [Fact]
    public void Few_lines_are_told_where_few_differ()
    {
        var before = string.Concat(Enumerable.Range(0, 10_000).Select(number => $"line {number}\n"));
        var after = before.Replace("line 5000\n", "line 5000 was here\n", StringComparison.Ordinal).Replace("line 9000\n", "", StringComparison.Ordinal);

        LineDiff.Unified(before, after, Enough).Split('\n').Where(line => line.Length > 0 && line[0] is '+' or '-').Should().Equal("-line 5000", "+line 5000 was here", "-line 9000");
    }

    [Fact]
    public void Texts_with_nothing_in_common_are_one_block_and_take_no_search()
    {
        var before = string.Concat(Enumerable.Range(0, 30_000).Select(number => $"{number:x}\n"));
        var after = string.Concat(Enumerable.Range(0, 30_000).Select(number => $"{number + 1_000_000:x}\n"));

        var diff = LineDiff.Unified(before, after, Enough);

        diff.Should().StartWith("@@ -1,30000 +1,30000 @@\n-0\n-1\n");
        Apply(before, diff).Should().Be(after);
    }

    [Fact]
    public void A_long_one_ends_after_a_whole_line_and_says_so()
    {
        var after = string.Concat(Enumerable.Range(0, 100).Select(number => $"line {number}\n"));

        var diff = LineDiff.Unified("", after, mostCharacters: 200);

        diff.Should().EndWith("\n\\ The diff goes on; it was cut off here.\n");
        diff.Split('\n')[1..^2].Should().Equal(after.Split('\n').Take(diff.Split('\n').Length - 3).Select(line => "+" + line));
        diff.Length.Should().BeLessThan(260);
    }

    private static string Lines(string text) => text.Replace('|', '\n');

    private static string Text(Random random, int lines) =>
        string.Concat(Enumerable.Range(0, lines).Select(_ => $"{(char)('a' + random.Next(6))}\n")) + (random.Next(3) == 0 ? "end" : "");

    private static string Edit(Random random, string text)
    {
        var lines = text.Split('\n').ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var at = random.Next(lines.Count);
            if (random.Next(2) == 0)
            {
                lines.Insert(at, "new");
            }
            else if (lines.Count > 1)
            {
                lines.RemoveAt(at);
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>A small patch(1): fails where a line that should be there is not.</summary>
    private static string Apply(string before, string diff)
    {
        var old = before.Split('\n').SkipLast(1).Select(line => line + "\n").Append(before[(before.LastIndexOf('\n') + 1)..]).Where(line => line.Length > 0).ToList();
        var (result, at) = (new StringBuilder(), 0);
        var lines = diff.Split('\n').SkipLast(1).ToList();
        for (var next = 0; next < lines.Count; next++)
        {
            if (lines[next].StartsWith("@@", StringComparison.Ordinal))
            {
                var range = lines[next].Split(' ')[1][1..].Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
                var from = range is [_, 0] ? range[0] : range[0] - 1;
                old[at..from].ForEach(line => result.Append(line));
                at = from;
                continue;
            }

            if (lines[next][0] == '\\')
            {
                continue;
            }

            var isLast = next + 1 < lines.Count && lines[next + 1] == "\\ No newline at end of file";
            var line = lines[next][1..] + (isLast ? "" : "\n");
            if (lines[next][0] != '+')
            {
                old[at++].Should().Be(line);
            }

            if (lines[next][0] != '-')
            {
                result.Append(line);
            }
        }

        old[at..].ForEach(line => result.Append(line));
        return result.ToString();
    }
}
