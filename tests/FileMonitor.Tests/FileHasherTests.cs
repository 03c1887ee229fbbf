using System.Security.Cryptography;
using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class FileHasherTests
{
    [Fact]
    public void Every_bad_option_is_reported_at_once()
    {
        var options = new ChecksumOptions { Concurrency = 65, Attempts = 0, MaxFileBytes = -1, BytesPerSecond = 4095 };

        FluentActions.Invoking(() => new FileHasher(options)).Should().Throw<ArgumentException>()
            .WithMessage("*Concurrency (65)*Attempts (0)*MaxFileBytes (-1)*BytesPerSecond (4095)*");
    }

    [Fact]
    public async Task Results_come_before_the_walk_is_over()
    {
        using var firstResultSeen = new ManualResetEventSlim();
        var view = new ScriptedTree
        {
            OnList = directory =>
            {
                if (directory == Rooted("tree/late"))
                {
                    firstResultSeen.Wait(TestContext.Current.CancellationToken);
                }
            },
            Directories =
            {
                [Rooted("tree")] = ["a", "late/"],
                [Rooted("tree/late")] = ["b"],
            },
        };
        using var hasher = new FileHasher(fileView: view);
        var seen = new List<string>();

        await foreach (var hash in hasher.HashTreesAsync([Rooted("tree")], TestContext.Current.CancellationToken))
        {
            seen.Add(hash.Path);
            firstResultSeen.Set();
        }

        seen.Should().Equal(Path.Join(Rooted("tree"), "a"), Path.Join(Rooted("tree/late"), "b"));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_listed_is_an_entry_of_its_own()
    {
        var view = new ScriptedTree
        {
            Directories = { [Rooted("tree")] = ["closed/", "gone/", "file"] },
            Refused = { [Rooted("tree/closed")] = FileStatusOutcome.Inaccessible },
        };
        using var hasher = new FileHasher(fileView: view);

        var hashes = await SumAsync(hasher);

        hashes.Select(hash => (Path.GetFileName(hash.Path), hash.Status)).Should().BeEquivalentTo(
        [
            ("closed", ChecksumStatus.Unreadable),
            ("gone", ChecksumStatus.Vanished),
            ("file", ChecksumStatus.Computed),
        ]);
    }

    [Fact]
    public async Task An_exception_of_the_hosts_view_ends_the_enumeration_with_it()
    {
        var view = new ScriptedTree { OnList = _ => throw new InvalidTimeZoneException("the host's own") };
        using var hasher = new FileHasher(fileView: view);

        await FluentActions.Awaiting(() => SumAsync(hasher))
            .Should().ThrowAsync<InvalidTimeZoneException>();
    }

    [Fact]
    public async Task An_exception_of_the_hosts_open_file_ends_the_enumeration_with_it()
    {
        var files = Enumerable.Range(0, 5000).Select(number => $"{number}").ToArray();
        var view = new ScriptedTree
        {
            Directories = { [Rooted("tree")] = files },
            OnRead = () => throw new InvalidTimeZoneException("the host's own"),
        };
        using var hasher = new FileHasher(new ChecksumOptions { Concurrency = 4 }, view);

        await FluentActions.Awaiting(() => SumAsync(hasher))
            .Should().ThrowAsync<InvalidTimeZoneException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_144)]
    [InlineData(700_001)]
    public async Task A_stream_is_summed_to_its_end(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        using var hasher = new FileHasher();
        using var stream = new Trickle(content);

        var hash = await hasher.HashStreamAsync(stream, "-", TestContext.Current.CancellationToken);

        hash.Should().BeEquivalentTo(new { Path = "-", Status = ChecksumStatus.Computed, Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)), Size = (long)length });
    }

    [Fact]
    public async Task A_stream_that_is_too_long_is_not_read_to_its_end()
    {
        using var hasher = new FileHasher(new ChecksumOptions { MaxFileBytes = 9 });
        using var longer = new Trickle(new byte[1_000]);
        using var fitting = new Trickle(new byte[9]);

        (await hasher.HashStreamAsync(longer, "-", TestContext.Current.CancellationToken)).Status.Should().Be(ChecksumStatus.TooLarge);
        (await hasher.HashStreamAsync(fitting, "-", TestContext.Current.CancellationToken)).Status.Should().Be(ChecksumStatus.Computed);
        longer.Position.Should().BeLessThan(1_000);
    }

    [Fact]
    public async Task A_stream_that_fails_is_unreadable_with_the_systems_words()
    {
        using var hasher = new FileHasher();
        using var stream = new Trickle(new byte[10]) { Failure = new IOException("Input/output error") };

        (await hasher.HashStreamAsync(stream, "-", TestContext.Current.CancellationToken))
            .Should().BeEquivalentTo(new { Status = ChecksumStatus.Unreadable, Sha256 = (string?)null, Detail = "Input/output error" });
    }

    [Fact]
    public async Task No_more_files_are_read_at_once_than_allowed()
    {
        var reading = 0;
        var most = 0;
        var view = new ScriptedTree
        {
            Directories = { [Rooted("tree")] = [.. Enumerable.Range(0, 2000).Select(number => $"{number}")] },
            OnRead = () =>
            {
                var now = Interlocked.Increment(ref reading);
                InterlockedMax(ref most, now);
                Thread.Yield();
                Interlocked.Decrement(ref reading);
            },
        };
        using var hasher = new FileHasher(new ChecksumOptions { Concurrency = 2 }, view);

        await Task.WhenAll(
            SumAsync(hasher),
            SumAsync(hasher));

        most.Should().BeInRange(1, 2, "two enumerations share the limit");
    }

    [Fact]
    public async Task How_much_was_read_is_known_while_it_is_read()
    {
        using var hasher = new FileHasher();
        var known = new List<long>();
        await using var content = new Trickle(new byte[20]) { OnRead = () => known.Add(hasher.BytesRead) };

        await hasher.HashStreamAsync(content, "-", TestContext.Current.CancellationToken);

        known.Should().Equal(0, 7, 14, 20);
    }

    private static async Task<List<FileHash>> SumAsync(FileHasher hasher) =>
        await hasher.HashTreesAsync([Rooted("tree")], TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private static void InterlockedMax(ref int most, int candidate)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < candidate && Interlocked.CompareExchange(ref most, candidate, seen) != seen)
        {
        }
    }

    /// <summary>Gives up to seven bytes at a time, as a pipe may, until it fails or is at its end.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public IOException? Failure { get; init; }

        public Action OnRead { get; init; } = () => { };

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            OnRead();
            return Failure is not null && Position > 0 ? throw Failure : base.ReadAsync(buffer[..Math.Min(7, buffer.Length)], cancellationToken);
        }
    }

    private static string Rooted(string path) => Path.GetFullPath("/" + path);

    /// <summary>Directories by path; a name that ends with a slash is a directory, any other a file of three bytes.</summary>
    private sealed class ScriptedTree : IFileView
    {
        public Dictionary<string, string[]> Directories { get; } = [];

        public Dictionary<string, FileStatusOutcome> Refused { get; } = [];

        public Action<string> OnList { get; init; } = _ => { };

        public Action OnRead { get; init; } = () => { };

        public FileStatus GetStatus(string root, string relativePath) => StatusOf(Path.Join(root, relativePath) + "/");

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = default;
            return null;
        }

        public FileOpening Open(string root, string relativePath) => new(new Opened(this));

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
        {
            var directory = Path.Join(root, relativeDirectory);
            OnList(directory);
            if (Refused.TryGetValue(directory, out var refusal))
            {
                return refusal;
            }

            if (!Directories.TryGetValue(directory, out var names))
            {
                return FileStatusOutcome.Missing;
            }

            foreach (var name in names)
            {
                found(name.TrimEnd('/'), StatusOf(name));
            }

            return FileStatusOutcome.Found;
        }

        private static FileStatus StatusOf(string name) => new()
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = name.EndsWith('/') ? ItemType.Directory : ItemType.File,
            Size = name.EndsWith('/') ? 0 : 3,
        };

        private sealed class Opened(ScriptedTree tree) : OpenFile
        {
            public override FileStatus GetStatus() => StatusOf("file");

            public override int Read(Span<byte> buffer, long position)
            {
                tree.OnRead();
                return (int)Math.Min(buffer.Length, 3 - position);
            }

            protected override void Dispose(bool disposing)
            {
            }
        }
    }
}
