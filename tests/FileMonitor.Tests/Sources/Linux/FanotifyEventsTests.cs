using System.Text;
using FileMonitor.Sources.Fanotify;
using FluentAssertions;
using Xunit;
using static FileMonitor.Tests.Sources.Linux.FanotifyEventBytes;

namespace FileMonitor.Tests.Sources.Linux;

public sealed class FanotifyEventsTests
{
    private static readonly byte[] Parent = Handle(1);
    private static readonly byte[] Former = Handle(2);
    private static readonly byte[] File = Handle(3);

    [Fact]
    public void A_rename_is_read_whatever_the_order_of_its_records()
    {
        byte[][] records = [Old(Former, "before"), New(Parent, "after"), Target(File), Record(4, [9, 0, 0, 0]), Record(200, [1, 2, 3, 4, 5])];
        for (var turn = 0; turn < records.Length; turn++)
        {
            var events = new FanotifyEvents(new FanotifyEventBytes().Add(0x1000_0000, 42, [.. records[turn..], .. records[..turn]]).Bytes);

            events.MoveNext().Should().BeTrue();
            events.Mask.Should().Be(0x1000_0000);
            events.ProcessId.Should().Be(42);
            events.Directory.ToArray().Should().Equal(Parent);
            events.OldDirectory.ToArray().Should().Equal(Former);
            events.Target.ToArray().Should().Equal(File);
            Encoding.UTF8.GetString(events.Name).Should().Be("after");
            Encoding.UTF8.GetString(events.OldName).Should().Be("before");
            events.MoveNext().Should().BeFalse();
            events.IsBroken.Should().BeFalse();
        }
    }

    [Fact]
    public void Nothing_of_one_event_is_left_for_the_next()
    {
        var events = new FanotifyEvents(new FanotifyEventBytes()
            .Add(0x100, 1, Directory(Parent, "a"), Target(File))
            .Add(0x4000, 0)
            .Add(2, 3, Record(3, Parent)).Bytes);

        events.MoveNext();
        events.MoveNext().Should().BeTrue();
        events.Mask.Should().Be(0x4000);
        (events.Directory.Length + events.Name.Length + events.Target.Length).Should().Be(0);
        events.MoveNext().Should().BeTrue();
        events.Name.ToArray().Should().Equal("."u8.ToArray());
        events.Directory.ToArray().Should().Equal(Parent);
    }

    [Fact]
    public void A_buffer_that_ends_too_soon_is_broken_and_nothing_beyond_it_is_read()
    {
        var whole = new FanotifyEventBytes().Add(0x1000_0000, 42, Old(Former, "before"), New(Parent, "after"), Target(File)).Bytes;
        for (var length = 1; length < whole.Length; length++)
        {
            // A copy of just that size: reading one byte more is an exception.
            var events = new FanotifyEvents(whole.AsSpan(0, length).ToArray());
            events.MoveNext().Should().BeFalse();
            events.IsBroken.Should().BeTrue();
        }
    }

    [Fact]
    public void No_byte_makes_it_read_beyond_the_buffer_or_for_ever()
    {
        var whole = new FanotifyEventBytes().Add(0x1000_0000, 42, Old(Former, "before"), New(Parent, "after"), Target(File)).Add(0x100, 1, Directory(Parent, "x")).Bytes;
        byte[] values = [0, 1, 3, 4, 23, 24, 127, 128, 255];
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in values)
            {
                var hostile = (byte[])whole.Clone();
                hostile[at] = value;
                var count = 0;
                var events = new FanotifyEvents(hostile);
                while (events.MoveNext())
                {
                    count++;
                }

                count.Should().BeLessThanOrEqualTo(2);
            }
        }
    }
}
