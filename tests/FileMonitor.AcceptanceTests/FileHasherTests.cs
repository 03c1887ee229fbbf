using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

public sealed class FileHasherTests : IDisposable
{
    private const string Hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-hasher-").FullName;
    private readonly FileHasher _hasher = new();

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_048_575)]
    [InlineData(1_048_576)]
    [InlineData(1_048_577)]
    [InlineData(5 * 1_048_576)]
    public async Task The_sum_of_a_file_is_its_sha_256(int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        await File.WriteAllBytesAsync(At("file"), content, TestEnd);

        (await _hasher.HashAsync(At("file"), TestEnd)).Should().BeEquivalentTo(new
        {
            Path = At("file"),
            Status = ChecksumStatus.Computed,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            Size = (long)size,
        });
    }

    [Fact]
    public async Task A_file_that_was_written_this_moment_is_summed_with_a_single_attempt()
    {
        using var hasher = new FileHasher(new ChecksumOptions { Attempts = 1 });
        for (var round = 0; round < 10; round++)
        {
            Write("file", "hello");
            (await hasher.HashAsync(At("file"), TestEnd)).Should().BeEquivalentTo(new { Sha256 = Hello, Detail = (string?)null });
        }
    }

    [Fact]
    public async Task A_relative_path_is_taken_from_the_current_directory()
    {
        Write("file", "hello");
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, At("file"));

        (await _hasher.HashAsync(relative, TestEnd)).Should().BeEquivalentTo(new { Path = relative, Sha256 = Hello });
    }

    [Fact]
    public async Task Links_on_the_way_to_a_given_path_are_followed_and_one_at_its_end_is_not()
    {
        OnLinux();
        Write("directory/file", "hello");
        File.CreateSymbolicLink(At("link"), "directory");
        File.CreateSymbolicLink(At("directory/link"), "file");

        (await _hasher.HashAsync(At("link/file"), TestEnd)).Sha256.Should().Be(Hello);
        (await _hasher.HashAsync(At("link/../directory/file"), TestEnd)).Sha256.Should().Be(Hello);
        (await _hasher.HashAsync(At("link/link"), TestEnd)).Status.Should().Be(ChecksumStatus.NotApplicable);
        (await SumAsync(At("link"))).Should().Equal((At("link"), ChecksumStatus.NotApplicable));
        (await SumAsync(At("link/"))).Should().BeEquivalentTo(
            [(At("link/file"), ChecksumStatus.Computed), (At("link/link"), ChecksumStatus.NotApplicable)]);
    }

    [Fact]
    public async Task A_given_link_is_followed_when_asked_for_and_one_in_a_tree_never_is()
    {
        OnLinux();
        Write("directory/file", "hello");
        File.CreateSymbolicLink(At("directory/link"), "file");
        File.CreateSymbolicLink(At("tree"), "directory");
        File.CreateSymbolicLink(At("chain"), "tree/link");
        File.CreateSymbolicLink(At("nowhere"), "none");
        File.CreateSymbolicLink(At("circle"), "circle");
        Run("mkfifo", At("pipe"));
        File.CreateSymbolicLink(At("to-pipe"), "pipe");
        using var hasher = new FileHasher { FollowGivenLinks = true };

        var hashes = await hasher.HashTreesAsync([At("chain"), At("tree"), At("nowhere"), At("circle"), At("to-pipe")], TestEnd).ToListAsync(TestEnd);

        hashes.Select(hash => (hash.Path, hash.Sha256, hash.Status, hash.Detail)).Should().BeEquivalentTo(
        [
            (At("chain"), Hello, ChecksumStatus.Computed, (string?)null),
            (At("tree/file"), Hello, ChecksumStatus.Computed, null),
            (At("tree/link"), null, ChecksumStatus.NotApplicable, null),
            (At("nowhere"), null, ChecksumStatus.NotApplicable, "The link leads to no file or directory."),
            (At("circle"), null, ChecksumStatus.NotApplicable, "The link leads to no file or directory."),
            (At("to-pipe"), null, ChecksumStatus.NotApplicable, null),
        ]);
        (await hasher.HashAsync(At("chain"), TestEnd)).Should().BeEquivalentTo(new { Path = At("chain"), Sha256 = Hello });
    }

    [Fact]
    public async Task A_tree_is_summed_completely_and_links_in_it_are_not_followed()
    {
        OnLinux();
        Write("tree/a", "hello");
        Write("tree/b/c/d", "hello");
        Write("outside/file", "hello");
        File.CreateSymbolicLink(At("tree/b/link"), At("outside"));
        Run("mkfifo", At("tree/pipe"));
        Directory.CreateDirectory(At("tree/empty"));

        (await SumAsync(At("tree"))).Should().BeEquivalentTo(
        [
            (At("tree/a"), ChecksumStatus.Computed),
            (At("tree/b/c/d"), ChecksumStatus.Computed),
            (At("tree/b/link"), ChecksumStatus.NotApplicable),
            (At("tree/pipe"), ChecksumStatus.NotApplicable),
        ]);
    }

    [Fact]
    public async Task Files_directories_and_what_is_missing_can_be_given_together()
    {
        Write("file", "hello");
        Write("tree/file", "hello");

        (await SumAsync(At("file"), At("none"), At("tree"), At("file/none"))).Should().BeEquivalentTo(
        [
            (At("file"), ChecksumStatus.Computed),
            (At("none"), ChecksumStatus.Vanished),
            (Path.Join(At("tree"), "file"), ChecksumStatus.Computed),
            (At("file/none"), ChecksumStatus.Vanished),
        ]);
        (await _hasher.HashAsync(At("none"), TestEnd)).Status.Should().Be(ChecksumStatus.Vanished);
        (await _hasher.HashAsync(At("tree"), TestEnd)).Status.Should().Be(ChecksumStatus.NotApplicable);
    }

    [Fact]
    public async Task Thousands_of_files_each_come_once_with_their_own_sum()
    {
        for (var number = 0; number < 3000; number++)
        {
            Write($"tree/{number % 100}/{number}", $"{number}");
        }

        var hashes = await _hasher.HashTreesAsync([At("tree")], TestEnd).ToDictionaryAsync(hash => hash.Path, cancellationToken: TestEnd);

        hashes.Should().HaveCount(3000);
        foreach (var (path, hash) in hashes)
        {
            hash.Sha256.Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Path.GetFileName(path)))));
        }
    }

    [Fact]
    public async Task Names_that_are_not_utf_8_are_summed_and_their_paths_can_be_given_back()
    {
        OnLinux();
        Run("bash", "-c", $"""cd '{_directory}'; mkdir $'d\xff'; printf hello > $'d\xff/\xc3'""");

        var found = await _hasher.HashTreesAsync([_directory], TestEnd).SingleAsync(TestEnd);
        var again = await _hasher.HashAsync(found.Path, TestEnd);

        found.Path.Should().Be(At("d\uDCFF/\uDCC3"));
        again.Sha256.Should().Be(found.Sha256).And.Be(Hello);
    }

    [Fact]
    public async Task A_file_that_is_overwritten_all_the_time_never_gets_a_sum_of_a_state_it_was_never_in()
    {
        OnLinux();
        // A process that yields to every other: it is interrupted in the middle of a write call, for longer than any clock stands still.
        const string Overwrite = "open F, '+<', shift; for (;;) { for ('a' .. 'd') { sysseek F, 0, 0; syswrite F, $_ x 300000 } }";
        var sums = "abcd".Select(letter => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(new string(letter, 300_000))))).ToList();
        Write("file", new string('a', 300_000));
        var writer = Process.Start("nice", ["-n", "19", "perl", "-e", Overwrite, At("file")]);
        try
        {
            using var hasher = new FileHasher(new ChecksumOptions { Attempts = 2 });
            for (var round = 0; round < 20; round++)
            {
                var hash = await hasher.HashAsync(At("file"), TestEnd);
                (hash.Status == ChecksumStatus.Unstable || sums.Contains(hash.Sha256!)).Should().BeTrue(hash.ToString());
            }
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync(CancellationToken.None);
            writer.Dispose();
        }

        // The writer may have been killed in the middle of a write, so the file may hold two letters by now: what it holds is what is summed.
        var left = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(At("file"), TestEnd)));
        (await _hasher.HashAsync(At("file"), TestEnd)).Sha256.Should().Be(left);
    }

    [Fact]
    public async Task Cancellation_is_thrown()
    {
        Write("file", "hello");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await _hasher.Awaiting(it => it.HashAsync(At("file"), cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(async () => await _hasher.HashTreesAsync([_directory], cancelled.Token).ToListAsync(TestEnd))
            .Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Cancellation_ends_an_enumeration_in_its_middle()
    {
        using var cancellation = new CancellationTokenSource();
        WriteMany("tree", 1000);
        var seen = 0;

        await FluentActions.Awaiting(async () =>
        {
            await foreach (var hash in _hasher.HashTreesAsync([At("tree")], cancellation.Token))
            {
                seen++;
                await cancellation.CancelAsync();
            }
        }).Should().ThrowAsync<OperationCanceledException>();

        seen.Should().Be(1);
    }

    [Fact]
    public async Task An_enumeration_can_be_left_early_and_begun_again()
    {
        WriteMany("tree", 1000);
        var hashes = _hasher.HashTreesAsync([At("tree")], TestEnd);

        (await hashes.FirstAsync(TestEnd)).Status.Should().Be(ChecksumStatus.Computed);
        (await hashes.CountAsync(TestEnd)).Should().Be(1000);
    }

    [Fact]
    public async Task Who_enumerates_may_sum_files_himself_with_the_same_hasher()
    {
        // More than the queues hold, so that the workers wait for the reader.
        WriteMany("tree", 2500);
        using var hasher = new FileHasher(new ChecksumOptions { Concurrency = 1 });

        await foreach (var hash in hasher.HashTreesAsync([At("tree")], TestEnd))
        {
            (await hasher.HashAsync(hash.Path, TestEnd)).Sha256.Should().Be(hash.Sha256);
        }
    }

    [Fact]
    public async Task A_file_above_the_limit_says_so_with_its_size()
    {
        Write("file", "hello");
        using var hasher = new FileHasher(new ChecksumOptions { MaxFileBytes = 4 });

        (await hasher.HashAsync(At("file"), TestEnd)).Should().BeEquivalentTo(
            new { Status = ChecksumStatus.TooLarge, Size = 5L, Sha256 = (string?)null });
    }

    [Fact]
    public async Task What_may_not_be_read_is_an_entry_that_says_so()
    {
        OnLinux();
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Permission bits do not bind this user.");
        Write("tree/file", "hello");
        Write("tree/closed/file", "hello");
        Run("chmod", "0", At("tree/file"), At("tree/closed"));

        var hashes = await SumAsync(At("tree"));

        Run("chmod", "700", At("tree/closed"));
        hashes.Should().BeEquivalentTo(
            [(At("tree/file"), ChecksumStatus.Unreadable), (At("tree/closed"), ChecksumStatus.Unreadable)]);
    }

    [Fact]
    public async Task An_empty_path_is_a_mistake()
    {
        await _hasher.Awaiting(it => it.HashAsync("", TestEnd)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => SumAsync("")).Should().ThrowAsync<ArgumentException>();
    }

    public void Dispose()
    {
        _hasher.Dispose();

        // .NET cannot delete names that are not UTF-8.
        if (OperatingSystem.IsLinux())
        {
            Run("rm", "-rf", _directory);
        }
        else
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static void OnLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");

    private async Task<List<(string Path, ChecksumStatus Status)>> SumAsync(params string[] paths) =>
        await _hasher.HashTreesAsync(paths, TestEnd).Select(hash => (hash.Path, hash.Status)).ToListAsync(TestEnd);

    private string At(string relative) => Path.Join(_directory, relative);

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), content);
    }

    private void WriteMany(string directory, int files)
    {
        for (var number = 0; number < files; number++)
        {
            Write($"{directory}/{number}", "hello");
        }
    }

    private static void Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(tool, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0, $"{tool} is needed for this test");
    }
}
