using System.Text;
using FileMonitor.Sources.Inotify;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Bytes as the kernel writes them, and as it never should.</summary>
public sealed class InotifyEventsTests
{
    [Fact]
    public void Each_event_has_its_name_without_the_zeros_that_fill_it_up() =>
        Read([.. Event(1, 0x100, 0, "a\0\0\0"), .. Event(2, 0x40, 7, ""), .. Event(3, 0x80, 7, "name\0\0\0\0")])
            .Should().Equal("1 100 0 'a'", "2 40 7 ''", "3 80 7 'name'");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public void What_is_shorter_than_an_event_is_none(int bytes) => Read(Event(1, 2, 3, "")[..bytes]).Should().BeEmpty();

    [Fact]
    public void An_event_that_is_cut_off_does_not_read_past_the_end() =>
        Read([.. Event(1, 2, 3, "a\0"), .. Event(4, 5, 6, "name\0\0\0\0")[..18]]).Should().Equal("1 2 3 'a'", "4 5 6 'na'");

    [Theory]
    [InlineData(9u)]
    [InlineData(uint.MaxValue)]
    public void A_length_beyond_the_buffer_ends_with_the_buffer(uint length)
    {
        var bytes = Event(1, 2, 3, "name");
        BitConverter.TryWriteBytes(bytes.AsSpan(12), length);
        Read(bytes).Should().Equal("1 2 3 'name'");
    }

    [Fact]
    public void A_name_without_a_zero_is_whole() => Read(Event(1, 2, 3, "name")).Should().Equal("1 2 3 'name'");

    [Fact]
    public void A_name_of_zeros_is_empty() => Read(Event(1, 2, 3, "\0\0\0\0")).Should().Equal("1 2 3 ''");

    private static byte[] Event(int watch, uint mask, uint cookie, string name)
    {
        var bytes = new byte[16 + name.Length];
        BitConverter.TryWriteBytes(bytes.AsSpan(0), watch);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), mask);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), cookie);
        BitConverter.TryWriteBytes(bytes.AsSpan(12), name.Length);
        Encoding.Latin1.GetBytes(name, bytes.AsSpan(16));
        return bytes;
    }

    private static List<string> Read(byte[] bytes)
    {
        var read = new List<string>();
        var events = new InotifyEvents(bytes);
        while (events.MoveNext())
        {
            read.Add(FormattableString.Invariant($"{events.Watch} {events.Mask:x} {events.Cookie} '{Encoding.Latin1.GetString(events.Name)}'"));
        }

        return read;
    }
}
