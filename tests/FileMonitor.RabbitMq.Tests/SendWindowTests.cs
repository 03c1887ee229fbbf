using FileMonitor.Durable;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.RabbitMq.Publishing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>What is sent next, and up to where the journal is acknowledged, for every answer of a broker. A play is a list of words; <see cref="Play"/> explains them.</summary>
public sealed class SendWindowTests
{
    [Theory]
    [InlineData("r0 r1 r2 send send send ack1", "0")]
    [InlineData("r0 r1 r2 send send send ack2", "")]
    [InlineData("r0 r1 r2 send send send ack2 ack1", "1")]
    [InlineData("r0 r1 r2 send send send acks3", "2")]
    [InlineData("r0 r1 r2 send send send nacks3", "")]
    [InlineData("r0 send return0 ack1", "")]
    [InlineData("r0 send return0 ack1 send ack2", "0")]
    [InlineData("r0 r1 send send ack2 lost send ack1", "1")]
    [InlineData("r0 c1 r1 send ack1 send ack2 send ack3", "1")]
    [InlineData("r0 c1 r1 send ack1 send nack2", "0")]
    public void The_journal_is_acknowledged_up_to_what_is_confirmed(string play, string acknowledged) => Play(play).Acknowledged.Should().Be(acknowledged);

    [Theory]
    [InlineData("r0 r1", "0")]
    [InlineData("r0 r1 send", "1")]
    [InlineData("r0 r1 send send", "")]
    [InlineData("r0 r1 r2 send send send nack2", "1")]
    [InlineData("r0 r1 r2 send send send nacks3", "0")]
    [InlineData("r0 r1 r2 send send send ack2 lost", "0")]
    [InlineData("r0 r1 r2 send send send ack1 ack2 lost", "2")]
    [InlineData("r0 r1 send send ack1 ack2 r2", "2")]
    public void What_is_not_confirmed_is_sent_in_order(string play, string next) => Play(play).Next.Should().Be(next);

    [Theory]
    [InlineData("r0 c1", "0")]
    [InlineData("r0 c1 send", "")]
    [InlineData("r0 c1 r1 send", "")]
    [InlineData("r0 c1 send ack1", "checkpoint 1")]
    [InlineData("r0 c1 send nack1", "0")]
    [InlineData("r0 c1 r1 send ack1 send", "1")]
    [InlineData("r0 c1 send ack1 send nack2", "checkpoint 1")]
    [InlineData("c1", "checkpoint 1")]
    public void A_checkpoint_waits_for_all_before_it(string play, string next) => Play(play).Next.Should().Be(next);

    [Fact]
    public void It_has_room_until_it_is_full_and_again_when_the_first_is_settled()
    {
        var window = new SendWindow(2);
        window.Add(Message(0));
        window.HasRoom.Should().BeTrue();
        window.Add(Message(1));
        window.HasRoom.Should().BeFalse();

        window.Sent(window.NextToSend()!, 1, 0);
        window.Sent(window.NextToSend()!, 2, 0);
        window.Answered(2, isMultiple: false, isAck: true);
        window.TryTakeSettled(out _).Should().BeFalse();
        window.HasRoom.Should().BeFalse();

        window.Answered(1, isMultiple: false, isAck: true);
        window.TryTakeSettled(out var record).Should().BeTrue();
        (record, window.HasRoom, window.IsEmpty).Should().Be((1, true, true));
    }

    [Fact]
    public void The_oldest_that_is_not_answered_says_how_long_the_broker_takes()
    {
        var window = new SendWindow(10);
        window.OldestSentAt.Should().BeNull();
        for (var sent = 0; sent < 3; sent++)
        {
            window.Add(Message(sent));
            window.Sent(window.NextToSend()!, (ulong)sent + 1, 100 + sent);
        }

        window.OldestSentAt.Should().Be(100);
        window.Answered(1, isMultiple: false, isAck: true);
        window.OldestSentAt.Should().Be(101);
        window.Answered(3, isMultiple: true, isAck: false);
        window.OldestSentAt.Should().BeNull();
    }

    /// <summary>
    /// <c>r3</c>: record 3 is read; <c>c4</c>: the checkpoint of four records is read; <c>send</c>: the next one is sent, tags count from 1; <c>ack2</c>, <c>acks2</c>, <c>nack2</c>,
    /// <c>nacks2</c>: that tag, or all up to it, is answered; <c>return3</c>: record 3 is given back; <c>lost</c>: the connection is.
    /// </summary>
    private static (string Acknowledged, string Next) Play(string play)
    {
        var (window, tag, acknowledged) = (new SendWindow(100), 0UL, "");
        foreach (var word in play.Split(' '))
        {
            var name = word.TrimEnd(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            var number = word.Length == name.Length ? 0 : int.Parse(word[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
            switch (name)
            {
                case "r":
                    window.Add(Message(number));
                    break;
                case "c":
                    window.Add(Outgoing.Of(new JournalEntry(new JournalCheckpoint(new CheckpointNote("h/filemonitor/x", number, new byte[32], new byte[4], [1]))), "h/filemonitor/x"));
                    break;
                case "send":
                    window.Sent(window.NextToSend()!, ++tag, 0);
                    break;
                case "return":
                    window.Returned($"h/filemonitor/x/{number}");
                    break;
                case "lost":
                    window.ConnectionLost();
                    tag = 0;
                    break;
                default:
                    window.Answered((ulong)number, name.EndsWith('s'), name.StartsWith("ack", StringComparison.Ordinal));
                    break;
            }

            acknowledged = window.TryTakeSettled(out var record) ? $"{record}" : acknowledged;
        }

        var next = window.NextToSend();
        return (acknowledged, next is null ? "" : next.IsCheckpoint ? $"checkpoint {next.Sequence}" : $"{next.Sequence}");
    }

    private static Outgoing Message(long index) => Outgoing.Of(new JournalEntry(new JournalRecord(index, "{}\n"u8.ToArray(), eventId: null)), "h/filemonitor/x");
}
