using System.Text;
using FileMonitor.Durable.Journal;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

public sealed class JournalProofTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    private string FirstKey => File.ReadAllText(_temporary.PathOf("journal/journal.pub"));

    [Fact]
    public async Task Each_record_is_proved_by_its_line_the_proof_and_a_key()
    {
        await WriteAsync(Settings(Directory, segmentBytes: 3000), 150);
        var all = ReadAll(Directory);
        for (var index = 0; index < all.Count; index++)
        {
            var (line, proof) = JournalProof.Create(Directory, index)!.Value;
            var key = JournalProof.FindKey(Directory, proof, FirstKey)!;

            Encoding.UTF8.GetString(line).Should().Be(all[index] + "\n");
            JournalProof.Verify(line, proof, key).Should().Be(index);
            proof.Length.Should().BeLessThan(2048);
        }
    }

    [Fact]
    public async Task A_proof_of_a_large_journal_is_small()
    {
        await WriteAsync(Settings(Directory, segmentBytes: 1 << 24), 100_000, linesPerCommit: 10_000);

        var (line, proof) = JournalProof.Create(Directory, 99_990)!.Value;

        JournalProof.Verify(line, proof, FirstKey).Should().Be(99_990);
        proof.Length.Should().BeLessThan(1200);
        Encoding.UTF8.GetString(proof).Should().StartWith("c2sp.org/tlog-proof@v1\nindex 99990\n");
    }

    [Fact]
    public async Task No_byte_of_a_proof_or_its_line_can_be_changed()
    {
        await WriteAsync(Settings(Directory), 40);
        var (line, proof) = JournalProof.Create(Directory, 17)!.Value;
        var random = new Random(1);
        for (var at = 0; at < proof.Length; at++)
        {
            var changed = proof.ToArray();
            changed[at] ^= (byte)(1 + random.Next(255));
            JournalProof.Verify(line, changed, FirstKey).Should().BeNull($"byte {at} of the proof was changed");
        }

        for (var at = 0; at < line.Length; at++)
        {
            var changed = line.ToArray();
            changed[at] ^= 1;
            JournalProof.Verify(changed, proof, FirstKey).Should().BeNull($"byte {at} of the line was changed");
        }
    }

    [Fact]
    public async Task What_no_checkpoint_covers_is_not_proved()
    {
        await using var writer = JournalWriter.Open(Settings(Directory));
        writer.AppendMany(1, 5);
        writer.Commit();

        JournalProof.Create(Directory, 2).Should().BeNull();
        JournalProof.Create(Directory, 99).Should().BeNull();
    }

    [Fact]
    public async Task A_record_is_proved_after_older_segments_were_deleted()
    {
        var settings = Settings(Directory, segmentBytes: 3000);
        await WriteAsync(settings, 150);
        await using var writer = JournalWriter.Open(settings);
        var left = writer.DeleteSegments(100, DateTimeOffset.MaxValue);

        var (line, proof) = JournalProof.Create(Directory, left)!.Value;

        JournalProof.Verify(line, proof, JournalProof.FindKey(Directory, proof, FirstKey)!).Should().Be(left);
        JournalProof.Create(Directory, left - 1).Should().BeNull();
    }

    public void Dispose() => _temporary.Dispose();
}
