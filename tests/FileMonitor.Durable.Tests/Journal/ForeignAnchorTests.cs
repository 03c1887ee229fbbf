using System.Text;
using FileMonitor.Durable.Journal;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>An anchor that has checkpoints of another journal, or of another history of this one: the state was deleted, exchanged or restored, and the next checkpoint must not cover that up.</summary>
public sealed class ForeignAnchorTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string State => _temporary.PathOf("journal");

    private string Anchors => _temporary.PathOf("anchors");

    [Fact]
    public async Task A_journal_whose_state_was_deleted_is_not_anchored_behind_the_one_before()
    {
        await WriteAsync(Anchored(State), 100);
        var before = Notes(State)[^1].Origin;
        Directory.Delete(State, recursive: true);

        var (message, origin) = await RefusedAsync(State, from: 1);

        message.Should().Contain($"another journal, {before}; this journal is {origin}").And.Contain("deleted or exchanged");
    }

    [Fact]
    public async Task A_journal_that_was_restored_from_an_older_copy_is_not_anchored_while_it_is_shorter()
    {
        await WriteAsync(Anchored(State), 100);
        var older = _temporary.CopyOf(State, "older");
        await WriteAsync(Anchored(State), 100, from: 101);

        var (message, _) = await RefusedAsync(older, from: 1001);

        message.Should().Contain("has a checkpoint of 200 records").And.Contain("has only 100").And.Contain("cut off").And.Contain("older copy");
    }

    [Fact]
    public async Task A_journal_that_was_restored_from_an_older_copy_is_not_anchored_when_it_is_longer_again()
    {
        await WriteAsync(Anchored(State), 100);
        var older = _temporary.CopyOf(State, "older");
        await WriteAsync(Anchored(State), 100, from: 101);
        await WriteAsync(Settings(older), 300, from: 1001);

        var (message, _) = await RefusedAsync(older, from: 2001);

        message.Should().Contain("other records than the journal").And.Contain("among the first 200");
    }

    [Fact]
    public async Task A_journal_of_the_same_length_with_other_records_is_not_anchored()
    {
        await WriteAsync(Settings(State), 100);
        var other = _temporary.CopyOf(State, "other");
        await WriteAsync(Anchored(State), 100, from: 101);
        await WriteAsync(Settings(other), 100, from: 1001);

        (await RefusedAsync(other, from: 2001)).Message.Should().Contain("among the first 200");
    }

    [Fact]
    public async Task A_journal_goes_on_behind_checkpoints_in_older_segments_and_behind_segments_that_were_deleted()
    {
        await WriteAsync(Anchored(State, segmentBytes: 4096), 100);
        await WriteAsync(Settings(State, segmentBytes: 4096), 2000, from: 101);
        await GoesOnAsync(from: 2101);
        await WriteAsync(Settings(State, segmentBytes: 4096), 2000, from: 3001);
        foreach (var old in Directory.GetFiles(State, "0*").Order(StringComparer.Ordinal).SkipLast(2))
        {
            File.Delete(old);
        }

        await GoesOnAsync(from: 6001);

        async Task GoesOnAsync(long from)
        {
            var writer = JournalWriter.Open(Anchored(State, segmentBytes: 4096));
            writer.AppendMany(from, 5);
            await writer.CloseAsync(CancellationToken.None);
            writer.Anchors!.Failure.Should().BeNull();
            writer.Anchors.Anchored.Should().Be(writer.Progress.Committed);
        }
    }

    [Fact]
    public async Task An_anchor_of_a_host_is_compared_too()
    {
        await WriteAsync(Settings(State), 100);
        var anchor = new KeepingAnchor { Last = Encoding.UTF8.GetString(Notes(await WriteAsync(Settings(_temporary.PathOf("other")), 5))[^1].ToBytes()) };
        var writer = JournalWriter.Open(Settings(State) with { Anchors = [anchor] });

        await writer.CloseAsync(CancellationToken.None);

        writer.Anchors!.Failure.Should().BeOfType<AnchorRefusedException>().Which.Message.Should().Contain("another journal");
        anchor.Kept.Should().Be(0);
    }

    [Theory]
    [InlineData("no checkpoint\n")]
    [InlineData("\n\u2014 no checkpoint\n")]
    public async Task What_is_no_checkpoint_is_no_checkpoint_of_this_journal(string last)
    {
        await WriteAsync(Anchored(State), 5);
        await File.WriteAllTextAsync(Anchors, last, TestContext.Current.CancellationToken);

        await RefusedAsync(State, from: 6);

        var anchor = new KeepingAnchor { Last = last };
        var writer = JournalWriter.Open(Settings(State) with { Anchors = [anchor] });
        await writer.CloseAsync(CancellationToken.None);
        writer.Anchors!.Failure.Should().BeOfType<AnchorRefusedException>();
    }

    [Fact]
    public async Task A_file_of_another_journal_is_refused_by_whoever_appends_to_it_without_asking()
    {
        await WriteAsync(Anchored(State), 5);
        var other = new JournalCheckpoint(Notes(await WriteAsync(Settings(_temporary.PathOf("other")), 5))[^1]);

        await FluentActions.Awaiting(() => new FileCheckpointAnchor(Anchors).AnchorAsync(other, CancellationToken.None).AsTask()).Should().ThrowAsync<IOException>().WithMessage("*another journal*");
    }

    public void Dispose() => _temporary.Dispose();

    private JournalSettings Anchored(string state, long segmentBytes = 64 * 1024) => Settings(state, segmentBytes) with { Anchors = [new FileCheckpointAnchor(Anchors)] };

    /// <summary>Goes on with the journal, which stops nothing, and leaves the anchor as it is.</summary>
    private async Task<(string Message, string Origin)> RefusedAsync(string state, long from)
    {
        var before = await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken);
        var writer = JournalWriter.Open(Anchored(state));
        writer.AppendMany(from, 5);

        await writer.CloseAsync(CancellationToken.None);

        (await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken)).Should().Equal(before);
        writer.Anchors!.Anchored.Should().BeNull();
        return (writer.Anchors.Failure.Should().BeAssignableTo<IOException>().Which.Message, writer.Origin);
    }

    private sealed class KeepingAnchor : ICheckpointAnchor
    {
        public string? Last { get; init; }

        public int Kept { get; private set; }

        public ValueTask<string?> ReadLastAsync(CancellationToken cancellationToken) => new(Last);

        public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
        {
            Kept++;
            return ValueTask.CompletedTask;
        }
    }
}
