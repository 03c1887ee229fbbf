using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>Whoever only sees records and checkpoints finds what an anchor and a verification find.</summary>
public sealed class JournalWitnessTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _temporary = new();

    private string Journal => _temporary.PathOf("journal");

    // Several segments, so several keys, and several checkpoints in each.
    public async ValueTask InitializeAsync() => await GrowAsync(Journal, from: 1, count: 200);

    public ValueTask DisposeAsync()
    {
        _temporary.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_true_journal_is_consistent_over_all_its_keys_as_far_as_a_verification_says()
    {
        var witness = Begin(Journal);
        var results = Follow(witness, Journal);

        results.Should().OnlyContain(result => result.Status == WitnessStatus.Consistent);
        var verification = AuditJournal.Verify(Journal, cancellationToken: TestContext.Current.CancellationToken);
        verification.Problem.Should().BeNull();
        witness.Size.Should().Be(verification.Records);
        witness.Origin.Should().Be(verification.Origin);
        witness.Checkpoint!.Size.Should().Be(verification.AuthenticUpTo);
        witness.Checkpoint.Note.Should().Be(verification.Checkpoint!.Note);
        KeyChanges(Journal).Should().HaveCountGreaterThan(3);
    }

    [Fact]
    public void A_checkpoint_that_comes_after_later_records_is_compared_with_those_that_it_covers()
    {
        var witness = Begin(Journal);
        Append(witness, Records(Journal));

        Notes(Journal).Select(note => Check(witness, note).Status).Should().OnlyContain(status => status == WitnessStatus.Consistent);
        Notes(Journal).Select(note => Check(witness, note).Status).Should().OnlyContain(status => status == WitnessStatus.Consistent, "each comes once more");
    }

    [Fact]
    public void A_checkpoint_that_comes_before_its_records_waits()
    {
        var witness = Begin(Journal);
        var note = Notes(Journal)[0];

        var early = Check(witness, note);

        (early.Status, early.Size).Should().Be((WitnessStatus.Ahead, note.Size));
        witness.Checkpoint.Should().BeNull();
        Append(witness, Records(Journal)[..(int)note.Size]);
        Check(witness, note).Status.Should().Be(WitnessStatus.Consistent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(57)]
    [InlineData(150)]
    public void An_altered_record_is_found_by_the_first_checkpoint_that_covers_it(int altered)
    {
        var records = Records(Journal);
        records[altered] = [.. records[altered].Select(one => one == (byte)'7' ? (byte)'8' : one), (byte)' '];
        var witness = Begin(Journal);
        Append(witness, records);

        foreach (var note in Notes(Journal))
        {
            var isCovered = note.Size > altered;
            Check(witness, note).Status.Should().Be(isCovered ? WitnessStatus.RootDiffers : WitnessStatus.Consistent);
            if (isCovered)
            {
                break;
            }
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(2500)]
    public async Task An_older_copy_that_goes_on_is_found_however_much_older_it_is(int missed)
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        await WriteAsync(Settings(Journal, segmentBytes: 40_000), missed, linesPerCommit: 500, from: 201);
        var witness = Begin(Journal);
        Follow(witness, Journal).Should().OnlyContain(result => result.Status == WitnessStatus.Consistent);

        await WriteAsync(Settings(copy), 3, from: 1001);

        var rolledBack = Notes(copy)[^1];
        rolledBack.Size.Should().BeLessThan(witness.Size);
        var status = Check(witness, rolledBack).Status;
        (missed == 10 ? status == WitnessStatus.RootDiffers : status is WitnessStatus.Backwards or WitnessStatus.KeyUnknown).Should().BeTrue($"it is {status}");
    }

    [Fact]
    public async Task A_smaller_checkpoint_that_nobody_saw_goes_backwards_though_the_records_are_the_same()
    {
        using var signer = new TestSigner();
        var settings = Settings(_temporary.PathOf("signed")) with { Signer = signer };
        await WriteAsync(settings, 30);
        var witness = Begin(settings.Directory);
        Append(witness, Records(settings.Directory));
        Check(witness, Notes(settings.Directory)[^1]).Status.Should().Be(WitnessStatus.Consistent);

        var fresh = Begin(settings.Directory);
        Append(fresh, Records(settings.Directory)[..12]);
        var note = Sign(settings.Directory, signer, size: 12);

        Check(fresh, note).Status.Should().Be(WitnessStatus.Consistent);
        Check(witness, note).Status.Should().Be(WitnessStatus.Backwards);
    }

    [Fact]
    public async Task The_first_checkpoint_of_a_segment_may_come_again_however_late()
    {
        await WriteAsync(Settings(Journal, segmentBytes: 1 << 20), 3000, linesPerCommit: 500, from: 201);
        for (var from = 3201; from < 3301; from++)
        {
            await WriteAsync(Settings(Journal, segmentBytes: 1 << 20), 1, from: from);
        }

        var witness = Begin(Journal);
        Follow(witness, Journal).Should().OnlyContain(result => result.Status == WitnessStatus.Consistent);

        var first = Notes(Journal).Single(note => note.Size == KeyChanges(Journal)[^1] + 1);
        Check(witness, first).Status.Should().Be(WitnessStatus.Consistent);
    }

    [Fact]
    public void A_key_that_no_checkpoint_of_the_key_before_proves_is_not_believed_until_it_comes()
    {
        var change = KeyChanges(Journal)[0];
        var notes = Notes(Journal);
        var proof = notes.Single(note => note.Size == change + 1);
        var after = notes.First(note => note.Size > change + 1);
        var witness = Begin(Journal);
        Append(witness, Records(Journal));

        Check(witness, after).Status.Should().Be(WitnessStatus.KeyUnproved);
        witness.Checkpoint.Should().BeNull();
        Check(witness, proof).Status.Should().Be(WitnessStatus.Consistent);
        Check(witness, after).Status.Should().Be(WitnessStatus.Consistent);
    }

    [Fact]
    public void A_key_of_somebody_else_is_unknown_and_so_is_a_changed_signature()
    {
        var other = _temporary.PathOf("other");
        using var signer = new TestSigner();
        var records = Records(Journal);
        var stranger = PublicKey.TryImport(signer.PublicKey.Span)!;
        var witness = new JournalWitness(Notes(Journal)[0].Origin, stranger.ToPem());
        stranger.Dispose();
        Append(witness, records);

        Check(witness, Notes(Journal)[0]).Status.Should().Be(WitnessStatus.KeyUnknown);
        var note = Notes(Journal)[0];
        var right = Begin(Journal);
        Append(right, records);
        note.Signature[^1] ^= 1;
        Check(right, note).Status.Should().Be(WitnessStatus.KeyUnknown);
        right.Check("no note"u8).Status.Should().Be(WitnessStatus.Malformed);
        right.Check([.. Notes(Journal)[0].ToBytes(), (byte)'\n']).Status.Should().Be(WitnessStatus.Malformed);
        right.Check((Notes(Journal)[0] with { Origin = other }).ToBytes()).Status.Should().Be(WitnessStatus.Malformed);
    }

    [Fact]
    public void After_a_restart_at_any_place_it_goes_on_where_it_was()
    {
        var records = Records(Journal);
        var notes = Notes(Journal);
        var witness = Begin(Journal);
        foreach (var note in notes)
        {
            Append(witness, records[(int)witness.Size..(int)note.Size]);
            Check(witness, note).Status.Should().Be(WitnessStatus.Consistent);

            var state = witness.Save();
            state.Length.Should().BeLessThan(20 * 1024);
            witness = JournalWitness.Load(state);
            Append(witness, records[(int)witness.Size..(int)note.Size]);
            witness.Checkpoint!.Size.Should().Be(note.Size);
            witness.Check(Encoding.UTF8.GetBytes(witness.Checkpoint.Note)).Status.Should().Be(WitnessStatus.Consistent);
        }
    }

    [Fact]
    public void Records_that_were_changed_where_they_were_kept_are_found_after_a_restart()
    {
        var records = Records(Journal);
        var witness = Begin(Journal);
        Append(witness, records);
        var last = Notes(Journal)[^1];
        Follow(Begin(Journal), Journal).Should().NotBeEmpty();
        Notes(Journal).ForEach(note => Check(witness, note));

        witness = JournalWitness.Load(witness.Save());
        records[20] = Encoding.UTF8.GetBytes("{}");
        Append(witness, records[(int)witness.Size..]);

        Check(witness, last).Status.Should().Be(WitnessStatus.RootDiffers);
    }

    [Fact]
    public async Task It_forgets_records_that_are_long_checked_and_knows_the_root_of_late_checkpoints()
    {
        await WriteAsync(Settings(Journal, segmentBytes: 1 << 20), 5000, linesPerCommit: 500, from: 201);
        var witness = Begin(Journal);

        Follow(witness, Journal).Should().OnlyContain(result => result.Status == WitnessStatus.Consistent);

        var loaded = JournalWitness.Load(witness.Save());
        (witness.Size - loaded.Size).Should().Be(2048);
    }

    [Fact]
    public async Task A_checkpoint_that_is_too_old_to_be_compared_proves_nothing()
    {
        using var signer = new TestSigner();
        var settings = Settings(_temporary.PathOf("signed")) with { Signer = signer };
        await WriteAsync(settings, 2100, linesPerCommit: 500);
        var witness = Begin(settings.Directory);
        Append(witness, Records(settings.Directory));

        Check(witness, Sign(settings.Directory, signer, size: 20)).Status.Should().Be(WitnessStatus.TooOld);

        witness.Checkpoint.Should().BeNull();
        Check(witness, Sign(settings.Directory, signer, size: 60)).Status.Should().Be(WitnessStatus.Consistent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1,2]")]
    [InlineData("not json")]
    [InlineData("""{"witness":1,"origin":"o","size":3,"range":[],"keys":[],"seen":[],"last":""}""")]
    public void What_is_no_state_is_refused(string state) =>
        FluentActions.Invoking(() => JournalWitness.Load(Encoding.UTF8.GetBytes(state))).Should().Throw<InvalidDataException>();

    [Fact]
    public void What_is_no_record_or_no_key_is_refused()
    {
        FluentActions.Invoking(() => Begin(Journal).Append("{\"a\":\n1}"u8)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new JournalWitness("host/filemonitor/1", "no key")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new JournalWitness("", File.ReadAllText(Path.Join(Journal, JournalDirectory.FirstKeyName)))).Should().Throw<ArgumentException>();
    }

    private static async Task GrowAsync(string journal, int from, int count)
    {
        for (var written = 0; written < count; written += 20)
        {
            await WriteAsync(Settings(journal, segmentBytes: 4000), Math.Min(20, count - written), from: from + written);
        }
    }

    private static JournalWitness Begin(string journal) => new(Notes(journal)[0].Origin, File.ReadAllText(Path.Join(journal, JournalDirectory.FirstKeyName)));

    /// <summary>Gives it all records and checkpoints, as they would arrive.</summary>
    private static List<WitnessResult> Follow(JournalWitness witness, string journal)
    {
        var records = Records(journal);
        var results = new List<WitnessResult>();
        foreach (var note in Notes(journal))
        {
            Append(witness, records[(int)witness.Size..(int)note.Size]);
            results.Add(Check(witness, note));
        }

        Append(witness, records[(int)witness.Size..]);
        return results;
    }

    private static WitnessResult Check(JournalWitness witness, CheckpointNote note) => witness.Check(note.ToBytes());

    private static void Append(JournalWitness witness, IEnumerable<byte[]> records)
    {
        foreach (var record in records)
        {
            witness.Append(record);
        }
    }

    private static List<byte[]> Records(string journal) => [.. ReadAll(journal).Select(Encoding.UTF8.GetBytes)];

    private static List<int> KeyChanges(string journal) =>
        [.. ReadAll(journal).Index().Where(record => record.Item.Contains("KeyChanged", StringComparison.Ordinal)).Select(record => record.Index)];

    /// <summary>A checkpoint of fewer records, as the same journal makes it when its end was cut off.</summary>
    private static CheckpointNote Sign(string journal, TestSigner signer, int size)
    {
        var origin = Notes(journal)[0].Origin;
        var tree = new Durable.Journal.Tree.CompactRange();
        foreach (var record in Records(journal)[..size])
        {
            tree.Append(Durable.Journal.Tree.MerkleHash.Leaf([.. record, (byte)'\n']));
        }

        using var key = PublicKey.TryImport(signer.PublicKey.Span)!;
        return new(origin, size, tree.Root(), key.Id, signer.Sign(CheckpointNote.TextOf(origin, size, tree.Root())));
    }
}
