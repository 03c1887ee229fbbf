using System.Globalization;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>
/// In the scripts C is created, M modified, D deleted, L look, F look at what its writer has closed, and R renamed (<c>R a>b</c>); the number before is when. What comes out is
/// when, the kinds, the path, where it came from (&lt;), the names to look at as well (+) and how many hints, when it is more than one.
/// </summary>
public sealed class DebouncerTests
{
    private const int Quiet = 100;
    private const int Cap = 300;
    private const int Finished = 10;

    private static readonly MonitoredRoot[] Roots = [RecordingWriter.Root("/one", 0, Quiet, Cap, Finished), RecordingWriter.Root("/two", 1, Quiet, Cap, Finished)];

    [Theory]
    [InlineData("0 M a", "100 M a")]
    [InlineData("0 M a, 50 M a, 90 M a", "190 M a x3")] // a burst is one change
    [InlineData("0 M a, 99 M a", "199 M a x2")]
    [InlineData("0 M a, 101 M a", "100 M a, 201 M a")] // two bursts are two
    [InlineData("0 C a, 10 M a, 20 D a", "120 CMD a x3")]
    [InlineData("0 M a, 10 M b, 20 M a", "110 M b, 120 M a x2")] // each path for itself
    [InlineData("0 L a, 10 M a", "110 ML a x2")]
    public void A_path_is_released_once_it_was_quiet(string arriving, string expected) => Play(arriving).Should().Be(expected);

    [Fact]
    public void Each_root_has_its_own_delays()
    {
        var debouncer = New();
        MonitoredRoot[] roots = [Roots[0], RecordingWriter.Root("/slow", 1, 1000, 5000), RecordingWriter.Root("/quick", 2, 5, 300)];
        foreach (var root in roots)
        {
            debouncer.Add(new FileChange(FileChangeKind.Modified, root, "a"));
        }

        var released = new List<string>();
        while (debouncer.NextDue is { } due)
        {
            debouncer.TryTakeDue(due - 1, out _).Should().BeFalse("none is due before it is said to be");
            debouncer.TryTakeDue(due, out var change).Should().BeTrue();
            released.Add($"{due} {change!.Root.Path}");
        }

        released.Should().Equal("5 /quick", "100 /one", "1000 /slow");
    }

    [Fact]
    public void Over_the_capacity_the_oldest_is_released_of_whatever_root()
    {
        var debouncer = New(capacity: 2);
        var slow = RecordingWriter.Root("/slow", 1, 1000, 5000);
        debouncer.Add(new FileChange(FileChangeKind.Modified, slow, "a") { ReceivedAt = 0 });
        debouncer.Add(new FileChange(FileChangeKind.Modified, Roots[0], "a") { ReceivedAt = 1 });
        debouncer.Add(new FileChange(FileChangeKind.Modified, Roots[0], "b") { ReceivedAt = 2 });

        debouncer.TryTakeDue(3, out var oldest).Should().BeTrue();

        oldest!.Root.Should().BeSameAs(slow);
    }

    [Fact]
    public void What_is_pending_about_a_removed_root_is_taken_and_nothing_else()
    {
        var debouncer = New();
        foreach (var root in Roots)
        {
            debouncer.Add(new FileChange(FileChangeKind.Modified, root, "a"));
            debouncer.Add(new FileChange(FileChangeKind.Renamed, root, "c", "b"));
        }

        debouncer.TakeAll(Roots[0]).Select(change => change.Path).Should().BeEquivalentTo("a", "c");

        debouncer.Count.Should().Be(2);
        debouncer.HasRenames(Roots[0]).Should().BeFalse();
        debouncer.TryTake(Roots[1], "a", out _).Should().BeTrue();
    }

    [Theory]
    [InlineData("0 M a, 80 M a, 160 M a, 240 M a, 320 M a", "300 M a x4, 420 M a")]
    [InlineData("0 M a, 90 R a>b, 180 M b, 270 M b", "300 MR b<a x4")] // a rename does not start the wait anew
    [InlineData("0 M b, 90 R a>b, 180 M b, 270 M b", "300 MR b<a x4")]
    [InlineData("0 M a, 50 M b, 90 R a>b, 180 M b, 270 M b", "300 MR b<a x5")]
    public void A_path_that_is_never_quiet_is_released_at_the_maximum_delay(string arriving, string expected) => Play(arriving).Should().Be(expected);

    [Theory]
    [InlineData("a rename", "0 R a>b", "100 R b<a")]
    [InlineData("a chain", "0 R a>b, 10 R b>c", "110 R c<a +b x2")]
    [InlineData("a longer chain", "0 R a>b, 10 R b>c, 20 R c>d", "120 R d<a +b +c x3")]
    [InlineData("written, then renamed", "0 M a, 10 R a>b", "110 MR b<a x2")]
    [InlineData("renamed over what was written", "0 M b, 10 R a>b", "110 MR b<a x2")]
    [InlineData("both written", "0 C t, 5 M a, 10 R t>a", "110 CMR a<t x3")]
    [InlineData("both written, the other one first", "0 M a, 5 C t, 10 R t>a", "110 CMR a<t x3")]
    [InlineData("a swap", "0 R a>t, 1 R b>a, 2 R t>b", "101 R a<b, 102 R b<a +t x2")]
    [InlineData("there and back", "0 R a>b, 10 R b>a", "110 R a +b x2")]
    [InlineData("two came to one name", "0 R a>b, 10 R c>b", "110 R b<c +a x2")]
    [InlineData("two left one name", "0 R a>b, 10 R a>c", "100 R b<a, 110 R c +a")]
    [InlineData("two left one name, the second was made there", "0 R a>b, 10 C a, 20 R a>c", "100 R b<a, 120 CR c +a x2")]
    [InlineData("renamed away and made anew", "0 R a>b, 10 C a", "100 R b<a, 110 C a")]
    [InlineData("saved twice", "0 C t, 1 R t>a, 2 C t, 3 R t>a", "103 CR a<t x4")]
    [InlineData("to its own name", "0 R a>a", "100 R a")]
    public void Renames_are_followed(string because, string arriving, string expected) => Play(arriving).Should().Be(expected, because);

    [Theory]
    [InlineData("it need not be quiet", "0 C a, 1 M a, 2 F a", "12 CML a x3")]
    [InlineData("others wait", "0 M a, 1 M b, 2 F a", "12 ML a x2, 101 M b")]
    [InlineData("written again before it was looked at", "0 M a, 1 F a, 5 M a", "105 ML a x3")]
    [InlineData("and closed again", "0 M a, 1 F a, 5 M a, 6 F a", "16 ML a x4")]
    [InlineData("a change of its mode is no writing", "0 M a, 1 F a, 5 L a", "11 ML a x3")]
    [InlineData("closed again and again", "0 F a, 20 F a, 40 F a, 60 F a", "10 L a, 160 L a x3")]
    [InlineData("closed again after it was quiet", "0 F a, 120 F a", "10 L a, 130 L a")]
    [InlineData("saved by a rename", "0 C t, 1 F t, 2 R t>a", "12 CRL a<t x3")]
    [InlineData("saved by a rename, over what is being written", "0 M a, 1 C t, 2 F t, 3 R t>a", "13 CMRL a<t x4")]
    [InlineData("what is renamed is being written, what it replaces is finished", "0 F a, 1 C t, 2 R t>a", "102 CRL a<t x3")]
    [InlineData("about once in a quiet period", "0 F a, 20 F a, 110 F a, 200 F a, 290 F a, 310 F a, 330 F a", "10 L a, 120 L a x2, 300 L a x2, 430 L a x2")]
    public void A_path_whose_writer_has_closed_it_is_released_at_once(string because, string arriving, string expected) => Play(arriving).Should().Be(expected, because);

    [Fact]
    public void One_path_too_many_releases_the_oldest_at_once() =>
        Play("0 M a, 1 M b, 2 M c, 3 M a", capacity: 2).Should().Be("2 M a, 3 M b, 102 M c, 103 M a");

    [Fact]
    public void It_is_full_only_when_the_oldest_is_due()
    {
        var debouncer = New(capacity: 1);
        debouncer.Add(Hint("M a", 0));
        debouncer.IsFull.Should().BeFalse();
        debouncer.NextDue.Should().Be(Quiet);

        debouncer.Add(Hint("M b", 0));
        debouncer.IsFull.Should().BeTrue();
        debouncer.NextDue.Should().Be(0);
        debouncer.TryTakeDue(0, out _).Should().BeTrue();
        debouncer.IsFull.Should().BeFalse();
        debouncer.TryTakeDue(0, out _).Should().BeFalse();
    }

    [Fact]
    public void The_next_due_time_is_the_earlier_of_the_two()
    {
        var debouncer = New();
        debouncer.NextDue.Should().BeNull();
        debouncer.Add(Hint("M a", 0));
        debouncer.NextDue.Should().Be(100);
        debouncer.Add(Hint("M a", 90));
        debouncer.Add(Hint("M a", 180));
        debouncer.Add(Hint("M a", 270));
        debouncer.NextDue.Should().Be(300);
    }

    [Fact]
    public void A_live_hint_makes_a_discovered_path_live()
    {
        var debouncer = New();
        debouncer.Add(new FileChange(FileChangeKind.Look, Roots[0], "a") { Origin = AuditEventOrigin.Reconciled });
        debouncer.Add(new FileChange(FileChangeKind.Look, Roots[0], "b") { Origin = AuditEventOrigin.Reconciled });
        debouncer.Add(Hint("M a", 0));

        debouncer.TryTake(Roots[0], "a", out var live).Should().BeTrue();
        debouncer.TryTake(Roots[0], "b", out var found).Should().BeTrue();
        live!.Origin.Should().Be(AuditEventOrigin.Live);
        found!.Origin.Should().Be(AuditEventOrigin.Reconciled);
    }

    [Fact]
    public void The_same_path_of_two_roots_is_two_paths()
    {
        var debouncer = New();
        debouncer.Add(Hint("M a", 0));
        debouncer.Add(new FileChange(FileChangeKind.Modified, Roots[1], "a"));

        debouncer.Count.Should().Be(2);
        debouncer.TryTake(Roots[1], "a", out var taken).Should().BeTrue();
        taken!.Root.Should().BeSameAs(Roots[1]);
    }

    [Fact]
    public void What_is_used_again_is_empty()
    {
        var debouncer = New();
        debouncer.Add(Hint("R a>b", 5));
        debouncer.Add(Hint("R b>c", 5));
        debouncer.TryTakeAny(out var first).Should().BeTrue();
        first!.HasEmitted = first.WasIgnored = first.WasTransient = true;
        debouncer.Recycle(first);
        debouncer.Add(Hint("M x", 7));

        debouncer.TryTakeAny(out var second).Should().BeTrue();
        second.Should().BeSameAs(first);
        Describe(second!, 0).Should().Be("0 M x");
        second.Should().BeEquivalentTo(new { HasEmitted = false, WasIgnored = false, WasTransient = false, FirstAt = 7L, LastAt = 7L });
    }

    [Fact]
    public void Whatever_comes_no_hint_is_lost_and_none_waits_too_long()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var failure = FindFailure(new Random(seed));
            failure.Should().BeNull("of seed {0}", seed);
        }
    }

    private static string? FindFailure(Random random)
    {
        var debouncer = New(capacity: random.Next(1, 12));
        var unnamed = new HashSet<string>();
        var (added, taken, now) = (0, 0, 0);
        for (var step = 0; step < 300; step++)
        {
            if (random.Next(3) > 0)
            {
                var (path, old) = (Name(), Name());
                var kind = (FileChangeKind)random.Next(5);
                debouncer.Add(new FileChange(kind, Roots[0], path, kind == FileChangeKind.Renamed ? old : null) { ReceivedAt = now });
                added++;
                unnamed.Add(path);
                if (kind == FileChangeKind.Renamed)
                {
                    unnamed.Add(old);
                }
            }

            now += random.Next(40);
            while (debouncer.TryTakeDue(now, out var due) || (random.Next(20) == 0 && debouncer.TryTakeAny(out due)) || (random.Next(20) == 0 && debouncer.TryTake(Roots[0], Name(), out due)))
            {
                Take(due!);
            }

            if (debouncer.Hints != added - taken || (debouncer.Count == 0) != (debouncer.NextDue is null))
            {
                return $"step {step}: {added} hints came, {taken} went, {debouncer.Hints} are said to be pending in {debouncer.Count} paths";
            }

            if (debouncer.NextDue <= now)
            {
                return $"step {step}: due at {debouncer.NextDue}, and not released at {now}";
            }
        }

        // Both lists hold the same: the one by quiet is emptied until the one by age says that nothing is left.
        var pending = debouncer.Count;
        while (debouncer.TryTakeAny(out var rest))
        {
            Take(rest);
            pending--;
        }

        return pending != 0 || debouncer.NextDue is not null ? "the lists do not agree"
            : added != taken ? $"{added} hints came, {taken} went"
            : unnamed.Count > 0 ? $"nobody looks at {string.Join(", ", unnamed)}"
            : null;

        string Name() => "abcde"[random.Next(5)].ToString(CultureInfo.InvariantCulture);

        void Take(PendingChange change)
        {
            taken += change.Hints;
            unnamed.ExceptWith([change.Path, change.From ?? change.Path, .. change.AlsoLook ?? []]);
            debouncer.Recycle(change);
        }
    }

    private static Debouncer New(int capacity = 1000) => new(capacity, frequency: 1);

    private static string Play(string arriving, int capacity = 1000)
    {
        var debouncer = New(capacity);
        var hints = new Queue<string[]>(arriving.Split(", ").Select(hint => hint.Split(' ', 2)));
        var released = new List<string>();
        for (var now = 0; now < 2000; now++)
        {
            while (hints.TryPeek(out var hint) && hint[0] == now.ToString(CultureInfo.InvariantCulture))
            {
                debouncer.Add(Hint(hints.Dequeue()[1], now));
            }

            while (debouncer.TryTakeDue(now, out var due))
            {
                released.Add(Describe(due, now));
            }
        }

        return string.Join(", ", released);
    }

    private static FileChange Hint(string text, int at)
    {
        var (kind, names) = (text[0], text[2..].Split('>'));
        return new FileChange(
            kind switch
            {
                'C' => FileChangeKind.Created,
                'M' => FileChangeKind.Modified,
                'D' => FileChangeKind.Deleted,
                'R' => FileChangeKind.Renamed,
                _ => FileChangeKind.Look,
            },
            Roots[0],
            names[^1],
            names.Length > 1 ? names[0] : null)
        { ReceivedAt = at, IsFinished = kind == 'F' };
    }

    private static string Describe(PendingChange change, int now)
    {
        var kinds = string.Concat(Enum.GetValues<PendingHints>()
            .Where(kind => kind is not (PendingHints.None or PendingHints.Content) && change.Kinds.HasFlag(kind))
            .Select(kind => kind.ToString()[0]));
        var from = change.From is null ? "" : $"<{change.From}";
        var also = string.Concat((change.AlsoLook ?? []).Select(name => $" +{name}"));
        return $"{now} {kinds} {change.Path}{from}{also}{(change.Hints > 1 ? $" x{change.Hints}" : "")}";
    }
}
