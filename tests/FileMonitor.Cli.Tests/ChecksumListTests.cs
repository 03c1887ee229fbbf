using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class ChecksumListTests
{
    private const string Sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("", "")]
    [InlineData("S  a", "a")]
    [InlineData("S  a\n", "a")]
    [InlineData("# S  a\n\nS  b\nno\nS  c", "b,null,c")]
    public void Each_line_is_one(string list, string expected) => Assert.Equal(expected, Read(list));

    [Fact]
    public void The_longest_name_is_read_and_a_longer_line_is_none_and_hides_no_other()
    {
        var longest = string.Concat(Enumerable.Repeat("\\n", 4096));

        Assert.Equal($"{new string('\n', 4096)},null,b,null", Read($"\\S  {longest}\nS  {new string('x', 30_000)}\nS  b\n{new string('x', 9000)}"));
    }

    // The part that did not fit is no line of its own.
    [Theory]
    [InlineData(8448)]
    [InlineData(8449)]
    [InlineData(8450)]
    public void The_end_of_a_line_that_is_too_long_is_none(int before) => Assert.Equal("null,b", Read($"{new string('x', before)}S  evil\nS  b"));

    private static string Read(string list)
    {
        using var stream = new Dripping(Encoding.UTF8.GetBytes(list.Replace("S", Sum)));
        return string.Join(',', ChecksumList.Read(stream).Select(line => line is { } entry ? entry.Path : "null"));
    }

    // As from a pipe: a read gives less than was asked for.
    private sealed class Dripping(byte[] content) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 777));
    }
}
