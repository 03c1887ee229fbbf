using System.Security.Cryptography;
using System.Text;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Values;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Hashing;

public sealed class ContentHasherTests
{
    private const int Ki = 1024;
    private const int Mi = 1024 * 1024;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ScriptedFile _file;

    public ContentHasherTests() => _file = new ScriptedFile(_time);

    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public async Task The_sums_are_those_of_the_standard(string content, string expected)
    {
        _file.Content = Encoding.ASCII.GetBytes(content);

        (await HashAsync()).Digest!.ToString().Should().Be(expected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData((64 * Ki) - 1)]
    [InlineData(64 * Ki)]
    [InlineData((64 * Ki) + 1)]
    [InlineData((256 * Ki) - 2)]
    [InlineData((256 * Ki) - 1)]
    [InlineData(256 * Ki)]
    [InlineData((256 * Ki) + 1)]
    [InlineData((512 * Ki) - 1)]
    [InlineData(512 * Ki)]
    [InlineData(Mi - 1)]
    [InlineData(Mi)]
    [InlineData(Mi + 1)]
    [InlineData(5 * Mi)]
    public async Task Every_byte_is_summed_once_whatever_the_size(int size)
    {
        _file.Content = RandomNumberGenerator.GetBytes(size);

        var result = await HashAsync();

        result.Status.Should().Be(ChecksumStatus.Computed);
        result.Digest.Should().Be(DigestOf(_file.Content));
        result.BytesRead.Should().Be(size);
        result.File.Size.Should().Be(size);
        result.Attempts.Should().Be(1);
    }

    [Fact]
    public async Task A_file_system_that_answers_in_small_pieces_is_read_to_the_end()
    {
        _file.Content = RandomNumberGenerator.GetBytes(300 * Ki);
        _file.LargestAnswer = 1000;

        (await HashAsync()).Digest.Should().Be(DigestOf(_file.Content));
    }

    [Fact]
    public async Task A_file_written_while_it_is_read_is_read_again_and_the_sum_is_of_one_state()
    {
        var final = RandomNumberGenerator.GetBytes(Mi);
        _file.Content = RandomNumberGenerator.GetBytes(Mi);
        _file.OnRead = (attempt, position) =>
        {
            if (attempt == 1 && position > 0)
            {
                _file.Write(final);
            }
        };

        var result = await HashAsync();

        result.Status.Should().Be(ChecksumStatus.Computed);
        result.Digest.Should().Be(DigestOf(final));
        result.Attempts.Should().Be(2);
    }

    [Fact]
    public async Task A_writer_who_sets_the_time_back_is_noticed_by_the_change_time()
    {
        _file.Content = RandomNumberGenerator.GetBytes(Mi);
        _file.OnRead = (attempt, position) =>
        {
            if (attempt == 1 && position > 0)
            {
                _file.Content = RandomNumberGenerator.GetBytes(Mi);
                _file.Changed += TimeSpan.FromHours(1);
            }
        };

        var result = await HashAsync();

        result.Digest.Should().Be(DigestOf(_file.Content));
        result.Attempts.Should().Be(2);
    }

    [Fact]
    public async Task A_file_that_grows_for_ever_is_unstable_and_not_read_for_ever()
    {
        var sizeAtOpening = 0L;
        _file.Content = new byte[Mi];
        _file.OnOpen = _ =>
        {
            sizeAtOpening = _file.Content.Length;
            return null;
        };
        _file.OnRead = (_, _) => _file.Content = new byte[_file.Content.Length + Mi];

        var result = await HashAsync(new ChecksumOptions { Attempts = 3 });

        result.Status.Should().Be(ChecksumStatus.Unstable);
        result.Attempts.Should().Be(3);
        _file.Furthest.Should().BeLessThanOrEqualTo(sizeAtOpening + 1, "one byte too many is enough to know");
    }

    [Fact]
    public async Task A_file_that_is_cut_short_is_read_again()
    {
        _file.Content = new byte[Mi];
        _file.OnRead = (attempt, position) =>
        {
            if (attempt == 1 && position > 0)
            {
                _file.Content = new byte[10];
            }
        };

        var result = await HashAsync();

        result.Digest.Should().Be(DigestOf(new byte[10]));
        result.Attempts.Should().Be(2);
    }

    [Fact]
    public async Task A_file_replaced_while_it_is_read_is_summed_anew()
    {
        _file.Content = new byte[Mi];
        _file.OnRead = (attempt, _) => _file.Number = attempt == 1 ? 2u : _file.Number;

        (await HashAsync()).Attempts.Should().Be(2);
    }

    [Fact]
    public async Task A_file_that_is_gone_has_vanished_and_is_not_tried_again()
    {
        _file.OnOpen = _ => new(ChecksumStatus.Vanished);

        (await HashAsync()).Should().BeEquivalentTo(new { Status = ChecksumStatus.Vanished, Attempts = 1 });
    }

    [Fact]
    public async Task A_file_that_goes_between_two_attempts_has_vanished()
    {
        _file.Content = new byte[Mi];
        _file.OnRead = (_, _) => _file.Write(new byte[Mi]);
        _file.OnOpen = attempt => attempt == 2 ? new(ChecksumStatus.Vanished) : null;

        (await HashAsync()).Should().BeEquivalentTo(new { Status = ChecksumStatus.Vanished, Attempts = 2 });
    }

    [Fact]
    public async Task A_locked_file_is_summed_once_it_is_free()
    {
        _file.Content = [1, 2, 3];
        _file.OnOpen = attempt => attempt < 3 ? new(ChecksumStatus.Locked) : null;

        (await HashAsync()).Should().BeEquivalentTo(new { Status = ChecksumStatus.Computed, Attempts = 3 });
    }

    [Fact]
    public async Task A_file_that_stays_locked_is_tried_with_growing_pauses_and_reported_as_locked()
    {
        _file.OnOpen = _ => new(ChecksumStatus.Locked, "in use");

        var result = await HashAsync(new ChecksumOptions { Attempts = 9 });

        result.Should().BeEquivalentTo(new { Status = ChecksumStatus.Locked, Attempts = 9, Detail = "in use" });
        _file.Openings.Should().Equal(0, 20, 60, 140, 300, 620, 1120, 1620, 2120);
    }

    [Fact]
    public async Task A_file_above_the_limit_is_not_read()
    {
        _file.Content = new byte[11];

        var result = await HashAsync(new ChecksumOptions { MaxFileBytes = 10 });

        result.Should().BeEquivalentTo(new { Status = ChecksumStatus.TooLarge, BytesRead = 0L });
        result.File.Size.Should().Be(11);
        (await HashAsync(new ChecksumOptions { MaxFileBytes = 11 })).Status.Should().Be(ChecksumStatus.Computed);
    }

    [Fact]
    public async Task A_file_written_this_moment_is_read_when_the_clock_has_moved_on()
    {
        _file.Write([1, 2, 3]);
        _file.OnRead = (_, _) => (_time.GetUtcNow() - _file.Written).Should().BeGreaterThan(TimeSpan.FromMilliseconds(20));

        (await HashAsync(new ChecksumOptions { Attempts = 1 })).Should().BeEquivalentTo(
            new { Status = ChecksumStatus.Computed, Attempts = 1 }, "the wait for the clock is no attempt");
    }

    [Fact]
    public async Task A_file_written_whenever_it_is_looked_at_is_unstable()
    {
        _file.OnOpen = _ =>
        {
            _file.Write([1, 2, 3]);
            return null;
        };

        (await HashAsync()).Should().BeEquivalentTo(new { Status = ChecksumStatus.Unstable, Attempts = 5, BytesRead = 0L });
    }

    [Fact]
    public async Task A_file_from_the_future_is_summed_at_once()
    {
        _file.Content = [1];
        _file.Written = _time.GetUtcNow() + TimeSpan.FromDays(1);

        (await HashAsync()).Status.Should().Be(ChecksumStatus.Computed);
        _file.Openings.Should().Equal(0);
    }

    [Fact]
    public async Task An_error_while_reading_is_told_in_the_systems_words()
    {
        _file.Content = new byte[Mi];
        _file.OnRead = (_, position) =>
        {
            if (position > 0)
            {
                throw new IOException("Input/output error");
            }
        };

        (await HashAsync()).Should().BeEquivalentTo(
            new { Status = ChecksumStatus.Unreadable, Attempts = 1, Detail = "Input/output error" });
    }

    [Fact]
    public async Task A_cancelled_read_stops_between_two_buffers()
    {
        using var cancellation = new CancellationTokenSource();
        _file.Content = new byte[5 * Mi];
        _file.OnRead = (_, _) => cancellation.Cancel();

        var result = await HashUntilAsync(new(), cancellation.Token);

        result.Status.Should().Be(ChecksumStatus.Abandoned);
        result.BytesRead.Should().BeLessThan(Mi);
    }

    [Fact]
    public async Task A_cancelled_pause_ends_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        using var hasher = new ContentHasher(_file, new ChecksumOptions(), _time);
        _file.OnOpen = _ => new(ChecksumStatus.Locked);

        var hashing = hasher.HashAsync("/", "file", cancellation.Token).AsTask();
        hashing.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();

        (await hashing).Should().BeEquivalentTo(new { Status = ChecksumStatus.Abandoned, Attempts = 1 });
    }

    [Fact]
    public async Task A_budget_smaller_than_a_buffer_is_kept_and_the_file_is_read_to_the_end()
    {
        _file.Content = RandomNumberGenerator.GetBytes(250_000);
        using var hasher = new ContentHasher(_file, new ChecksumOptions { BytesPerSecond = 1_000_000 }, _time);

        var hashing = hasher.HashAsync("/", "file", TestContext.Current.CancellationToken).AsTask();
        hashing.IsCompleted.Should().BeFalse("the bucket holds a tenth of a second, and the rest must be waited for");

        (await hashing).Digest.Should().Be(DigestOf(_file.Content));
        _file.LargestRequest.Should().Be(100_000);
    }

    [Fact]
    public async Task A_wait_for_the_budget_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        _file.Content = new byte[Mi];
        using var hasher = new ContentHasher(_file, new ChecksumOptions { BytesPerSecond = 4096 }, _time);

        var hashing = hasher.HashAsync("/", "file", cancellation.Token).AsTask();
        hashing.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();

        (await hashing).Status.Should().Be(ChecksumStatus.Abandoned);
    }

    [Fact]
    public async Task The_budget_is_one_for_all_files()
    {
        _file.Content = new byte[100_000];
        using var hasher = new ContentHasher(_file, new ChecksumOptions { BytesPerSecond = 1_100_000 }, _time);

        var first = hasher.HashAsync("/", "first", TestContext.Current.CancellationToken).AsTask();
        var second = hasher.HashAsync("/", "second", TestContext.Current.CancellationToken).AsTask();

        first.IsCompletedSuccessfully.Should().BeTrue();
        second.IsCompleted.Should().BeFalse();
        (await second).Status.Should().Be(ChecksumStatus.Computed);
    }

    [Fact]
    public async Task Memory_does_not_depend_on_the_size()
    {
        var file = new EndlessFile(64 * Mi);
        using var hasher = new ContentHasher(file, new ChecksumOptions(), _time);
        await hasher.HashAsync("/", "file", TestContext.Current.CancellationToken);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var hashing = hasher.HashAsync("/", "file", TestContext.Current.CancellationToken);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        hashing.IsCompletedSuccessfully.Should().BeTrue("all of it ran on this thread");
        (await hashing).BytesRead.Should().Be(64 * Mi);
        allocated.Should().BeLessThan(64 * Ki);
    }

    [Fact]
    public async Task Files_and_bytes_are_counted()
    {
        using var hasher = new ContentHasher(_file, new ChecksumOptions { Attempts = 2 }, _time);
        _file.Content = new byte[10];
        await hasher.HashAsync("/", "file", TestContext.Current.CancellationToken);
        _file.OnRead = (_, _) => _file.Changed += TimeSpan.FromHours(1);
        await DriveAsync(hasher.HashAsync("/", "file", TestContext.Current.CancellationToken).AsTask());

        hasher.Context.Files.Should().Be(1, "what was discarded is not a summed file");
        hasher.Context.Bytes.Should().Be(30, "but its bytes were read");
    }

    [Fact]
    public async Task A_large_file_is_read_in_slices_and_rests_closed_in_between()
    {
        _file.Content = RandomNumberGenerator.GetBytes(20 * Mi);
        using var hasher = new ContentHasher(_file, new ChecksumOptions(), _time);
        using var read = hasher.Begin();
        var slices = 1;
        HashStep step;
        while ((step = await read.ContinueAsync("/", "file", TestContext.Current.CancellationToken)).GoesOn)
        {
            read.Rest();
            slices++;
        }

        step.Result!.Value.Digest.Should().Be(DigestOf(_file.Content));
        step.Result!.Value.Attempts.Should().Be(1);
        slices.Should().Be(3);
        _file.Openings.Should().HaveCount(3, "it is opened anew after each rest");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_changed_is_not_read_on_after_a_slice(bool rests)
    {
        _file.Content = new byte[20 * Mi];
        using var hasher = new ContentHasher(_file, new ChecksumOptions { Attempts = 1 }, _time);
        using var read = hasher.Begin();
        (await read.ContinueAsync("/", "file", TestContext.Current.CancellationToken)).GoesOn.Should().BeTrue();
        if (rests)
        {
            read.Rest();
        }

        _file.Written += TimeSpan.FromMinutes(1);
        var furthest = _file.Furthest;
        var step = await read.ContinueAsync("/", "file", TestContext.Current.CancellationToken);

        step.Result!.Value.Status.Should().Be(ChecksumStatus.Unstable);
        _file.Furthest.Should().BeLessThanOrEqualTo(rests ? furthest : furthest + (9 * Mi));
    }

    [Fact]
    public async Task A_file_whose_last_name_is_gone_is_not_read_on_after_a_slice()
    {
        _file.Content = new byte[100 * Mi];
        _file.OnRead = (_, position) => _file.HardLinks = position > Mi ? 0u : 1u;

        (await HashAsync()).Should().BeEquivalentTo(new { Status = ChecksumStatus.Vanished, Attempts = 1 });
        _file.Furthest.Should().BeLessThan(10 * Mi);
    }

    [Fact]
    public async Task The_time_that_one_file_may_take_is_that_of_its_slices()
    {
        _file.Content = new byte[100 * Mi];
        _file.OnRead = (_, _) => _time.Advance(TimeSpan.FromMilliseconds(40));
        using var hasher = new ContentHasher(_file, new ChecksumOptions { ReadTimeout = TimeSpan.FromMilliseconds(100) }, _time);
        using var read = hasher.Begin();
        for (var slice = 0; slice < 2; slice++)
        {
            (await read.ContinueAsync("/", "file", TestContext.Current.CancellationToken)).GoesOn.Should().BeTrue();
            _time.Advance(TimeSpan.FromHours(1));
        }

        var result = (await read.ContinueAsync("/", "file", TestContext.Current.CancellationToken)).Result!.Value;
        result.Status.Should().Be(ChecksumStatus.TimedOut);
        result.Detail.Should().Match("Reading it took longer than Checksum.ReadTimeout (00:00:00.1000000); * of 104,857,600 bytes were read.");
    }

    [Fact]
    public async Task A_hole_is_summed_as_zeros_and_not_read()
    {
        _file.Content = new byte[10 * Mi];
        RandomNumberGenerator.Fill(_file.Content.AsSpan(0, 2 * Mi));
        RandomNumberGenerator.Fill(_file.Content.AsSpan((9 * Mi) + 5));
        _file.Hole = (2 * Mi, (9 * Mi) + 5);

        var result = await HashAsync();

        result.Digest.Should().Be(DigestOf(_file.Content));
        result.BytesRead.Should().BeLessThan(4 * Mi);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(0, 5000)]
    [InlineData(4096, 7)]
    [InlineData(4096, 0)]
    public async Task A_size_that_is_wrong_is_no_change_when_the_same_bytes_come_twice(int stated, int actual)
    {
        _file.Content = RandomNumberGenerator.GetBytes(actual);
        _file.StatedSize = stated;
        _file.LargestAnswer = 1000;

        var result = await HashAsync();

        result.Should().BeEquivalentTo(new { Status = ChecksumStatus.Computed, Attempts = 1, Length = (long?)actual, BytesRead = 2L * actual });
        result.Digest.Should().Be(DigestOf(_file.Content));
    }

    [Fact]
    public async Task A_size_that_is_wrong_is_a_change_when_other_bytes_come_the_second_time()
    {
        _file.StatedSize = 0;
        _file.Content = [1, 2, 3];
        _file.OnRead = (_, position) => _file.Content = position == 0 ? RandomNumberGenerator.GetBytes(3) : _file.Content;

        (await HashAsync()).Status.Should().Be(ChecksumStatus.Unstable, "a torn checksum is never given");
    }

    [Fact]
    public async Task Where_the_kernel_makes_the_content_there_is_nothing_to_be_the_same()
    {
        _file.IsPseudo = true;
        _file.StatedSize = 0;
        _file.OnRead = (_, position) => _file.Content = position == 0 ? RandomNumberGenerator.GetBytes(3) : _file.Content;

        var result = await HashAsync();

        result.Digest.Should().Be(DigestOf(_file.Content));
        result.Of("/proc/cpuinfo").Size.Should().Be(3, "the size is that of what was summed");
    }

    private Task<HashResult> HashAsync(ChecksumOptions? options = null) => HashUntilAsync(options ?? new(), TestContext.Current.CancellationToken);

    private async Task<HashResult> HashUntilAsync(ChecksumOptions options, CancellationToken cancellationToken)
    {
        using var hasher = new ContentHasher(_file, options, _time);
        return await DriveAsync(hasher.HashAsync("/", "file", cancellationToken).AsTask());
    }

    // Away from any synchronization context: a step of the clock then runs what waited for it before it returns.
    private Task<HashResult> DriveAsync(Task<HashResult> hashing) => Task.Run(async () =>
    {
        while (!hashing.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        return await hashing;
    });

    private static Sha256Digest DigestOf(byte[] content) => Sha256Digest.From(SHA256.HashData(content));

    /// <summary>One file whose content and metadata the test changes, also from within a read.</summary>
    private sealed class ScriptedFile(FakeTimeProvider time) : IFileView
    {
        private readonly DateTimeOffset _start = time.GetUtcNow();

        public byte[] Content { get; set; } = [];

        public DateTimeOffset Written { get; set; } = time.GetUtcNow() - TimeSpan.FromDays(1);

        public DateTimeOffset Changed { get; set; } = time.GetUtcNow() - TimeSpan.FromDays(1);

        public uint Number { get; set; } = 1;

        public uint HardLinks { get; set; } = 1;

        public long? StatedSize { get; set; }

        public bool IsPseudo { get; set; }

        public (long From, long To)? Hole { get; set; }

        public int LargestAnswer { get; set; } = int.MaxValue;

        public int LargestRequest { get; private set; }

        public long Furthest { get; private set; }

        public List<double> Openings { get; } = [];

        public Func<int, FileOpening?> OnOpen { get; set; } = _ => null;

        public Action<int, long> OnRead { get; set; } = (_, _) => { };

        public void Write(byte[] content)
        {
            Content = content;
            Written = Changed = time.GetUtcNow();
        }

        public FileOpening Open(string root, string relativePath)
        {
            Openings.Add((time.GetUtcNow() - _start).TotalMilliseconds);
            return OnOpen(Openings.Count) ?? new(new Opened(this, Openings.Count));
        }

        public FileStatus GetStatus(string root, string relativePath) => new()
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = ItemType.File,
            Size = StatedSize ?? Content.Length,
            HardLinkCount = HardLinks,
            LastWriteTicks = Written.UtcTicks,
            ChangeTicks = Changed.UtcTicks,
            Device = 1,
            FileNumber = Number,
        };

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = default;
            return null;
        }

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => FileStatusOutcome.Missing;

        private sealed class Opened(ScriptedFile file, int attempt) : OpenFile
        {
            public override bool StatesSize => !file.IsPseudo;

            public override FileStatus GetStatus() => file.GetStatus("/", "file");

            public override long FindData(long position) => file.Hole is { } hole && position >= hole.From && position < hole.To ? hole.To : position;

            public override int Read(Span<byte> buffer, long position)
            {
                file.OnRead(attempt, position);
                file.LargestRequest = Math.Max(file.LargestRequest, buffer.Length);
                var rest = file.Content.AsSpan((int)Math.Min(position, file.Content.Length));
                var answer = rest[..Math.Min(rest.Length, Math.Min(buffer.Length, file.LargestAnswer))];
                answer.CopyTo(buffer);
                file.Furthest = Math.Max(file.Furthest, position + answer.Length);
                return answer.Length;
            }

            protected override void Dispose(bool disposing)
            {
            }
        }
    }

    /// <summary>As many bytes as asked for, held nowhere.</summary>
    private sealed class EndlessFile(long size) : IFileView
    {
        public FileOpening Open(string root, string relativePath) => new(new Opened(size));

        public FileStatus GetStatus(string root, string relativePath) => default;

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = default;
            return null;
        }

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => FileStatusOutcome.Missing;

        private sealed class Opened(long size) : OpenFile
        {
            public override FileStatus GetStatus() => new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File, Size = size };

            public override int Read(Span<byte> buffer, long position) => (int)Math.Min(buffer.Length, size - position);

            protected override void Dispose(bool disposing)
            {
            }
        }
    }
}
