using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>Time stamps of a real authority (<c>openssl ts</c>), and of one that misbehaves.</summary>
public sealed class TimestampAnchorTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly TestAuthority _authority;

    public TimestampAnchorTests()
    {
        Assert.SkipUnless(TestAuthority.IsInstalled && OperatingSystem.IsLinux(), "openssl is not installed.");
        _authority = new();
    }

    private string Directory => _temporary.PathOf("journal");

    private string Stamps => _temporary.PathOf("stamps");

    private JournalTimestamps Trusted => new(Stamps, [_authority.Root]);

    [Fact]
    public async Task What_is_stamped_is_told_with_the_time_and_the_authority()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        await WriteAsync(Stamped(), 2500, linesPerCommit: 100);

        var verdict = Verify(Directory, timestamps: Trusted);

        verdict.Finding.Should().BeNull();
        verdict.TimestampedUpTo.Should().Be(verdict.AuthenticUpTo).And.Be(2500);
        verdict.AnchoredUpTo.Should().Be(0);
        verdict.Timestamp!.Authority.Should().Be(TestAuthority.Name);
        verdict.Timestamp.At.Should().BeOnOrAfter(before.AddTicks(-(before.Ticks % TimeSpan.TicksPerSecond))).And.BeOnOrBefore(DateTimeOffset.UtcNow.AddSeconds(1));
        verdict.Timestamp.At.Offset.Should().Be(TimeSpan.Zero);
        _authority.Queries.Should().HaveCountGreaterThan(2, "there are checkpoints of 0, 1,000 and so on");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Stamps).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task The_certificate_of_the_authority_itself_can_be_trusted()
    {
        await WriteAsync(Stamped(options => options.TrustedCertificates.Add(_authority.Certificate)), 10);

        Verify(Directory, timestamps: new JournalTimestamps(Stamps, [_authority.Certificate])).TimestampedUpTo.Should().Be(10);
    }

    [Fact]
    public async Task Time_stamps_of_somebody_who_is_not_trusted_prove_nothing()
    {
        await WriteAsync(Stamped(), 10);
        using var other = new TestAuthority();

        foreach (var timestamps in new[] { new JournalTimestamps(Stamps, [other.Root]), new JournalTimestamps(Stamps, [other.Certificate]), new JournalTimestamps(Stamps) })
        {
            var finding = Verify(Directory, timestamps: timestamps).Finding!;
            finding.Problem.Should().Be(JournalProblem.TimestampRefused);
            finding.Message.Should().Contain(Stamps).And.MatchRegex("not trusted: .*(UntrustedRoot|PartialChain)");
        }
    }

    [Fact]
    public async Task A_journal_that_was_cut_or_went_on_another_way_after_a_time_stamp_is_found()
    {
        await WriteAsync(Stamped(), 100);
        var before = _temporary.CopyOf(Directory, "before");
        var other = _temporary.CopyOf(Directory, "other");
        await WriteAsync(Stamped(), 100, from: 101);
        await WriteAsync(Settings(other), 300, from: 1001);

        Verify(before, timestamps: Trusted).Finding!.Problem.Should().Be(JournalProblem.RecordsMissing);
        var finding = Verify(other, timestamps: Trusted).Finding!;
        finding.Problem.Should().Be(JournalProblem.AnchorContradicts);
        finding.FirstRecord.Should().Be(100);
    }

    [Fact]
    public async Task A_token_that_was_moved_to_another_checkpoint_is_refused()
    {
        await WriteAsync(Stamped(), 100);
        await WriteAsync(Stamped(), 100, from: 101);
        var lines = await File.ReadAllLinesAsync(Stamps, TestContext.Current.CancellationToken);
        (lines[^1], lines[5]) = (lines[5], lines[^1]);
        await File.WriteAllTextAsync(Stamps, string.Join('\n', lines) + "\n", TestContext.Current.CancellationToken);

        var finding = Verify(Directory, timestamps: Trusted).Finding!;

        finding.Problem.Should().Be(JournalProblem.TimestampRefused);
        finding.Message.Should().Contain("about something else");
    }

    [Fact]
    public async Task A_changed_byte_of_a_token_is_found()
    {
        await WriteAsync(Stamped(), 10);
        var lines = await File.ReadAllLinesAsync(Stamps, TestContext.Current.CancellationToken);
        var token = Convert.FromBase64String(lines[^1]);
        var random = new Random(5);
        for (var i = 0; i < 60; i++)
        {
            var at = random.Next(token.Length);
            token[at] ^= 1;
            lines[^1] = Convert.ToBase64String(token);
            await File.WriteAllTextAsync(Stamps, string.Join('\n', lines) + "\n", TestContext.Current.CancellationToken);
            var verdict = Verify(Directory, timestamps: Trusted);
            (verdict.Finding is not null || verdict.Timestamp!.Authority == TestAuthority.Name).Should().BeTrue();
            if (verdict.Finding is null)
            {
                // Not all of a token is signed, but what is said of it is: a root that was sent along changes nothing.
                verdict.TimestampedUpTo.Should().Be(10);
            }

            token[at] ^= 1;
        }
    }

    // Each place where a write can end.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(300)]
    [InlineData(-40)]
    [InlineData(-160)]
    public async Task What_was_not_written_to_its_end_is_replaced_by_the_next(int cutBytes)
    {
        await WriteAsync(Stamped(), 50);
        var before = new FileInfo(Stamps).Length;
        await WriteAsync(Stamped(), 50, from: 51);
        using (var file = File.OpenHandle(Stamps, access: FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, cutBytes > 0 ? RandomAccess.GetLength(file) - cutBytes : before - cutBytes);
        }

        Verify(Directory, timestamps: Trusted).Should().Match<JournalVerdict>(verdict => verdict.Finding == null && verdict.TimestampedUpTo == 50);
        await WriteAsync(Stamped(), 100, from: 101);

        var verdict = Verify(Directory, timestamps: Trusted);
        verdict.Finding.Should().BeNull();
        verdict.TimestampedUpTo.Should().Be(200);
    }

    [Fact]
    public async Task The_last_checkpoint_of_the_file_is_not_stamped_again_at_the_next_start()
    {
        await WriteAsync(Stamped(), 10);
        var asked = _authority.Queries.Count;

        await WriteAsync(Stamped(), 0);

        _authority.Queries.Should().HaveCount(asked);
    }

    // docs/journal.md#time-stamps says it to an auditor.
    [Fact]
    public async Task A_time_stamp_is_verified_with_openssl_alone()
    {
        await WriteAsync(Stamped(), 10);
        await WriteAsync(Stamped(), 10, from: 11);
        var (note, token) = (_temporary.PathOf("note"), _temporary.PathOf("token"));
        var commands = $"""
            set -e
            tail -n 6 {Stamps} | head -n 5 > {note}
            tail -n 1 {Stamps} | base64 -d > {token}
            openssl ts -verify -data {note} -in {token} -token_in -CAfile {_authority.RootPath}
            openssl ts -reply -in {token} -token_in -token_out -text | grep 'Time stamp:'
            """;
        using (var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", commands]) { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            text.Should().Contain("Verification: OK").And.Contain("GMT", await error);
        }

        (await File.ReadAllTextAsync(note, TestContext.Current.CancellationToken)).Should().Contain("\n20\n");
        await File.AppendAllTextAsync(note, "x", TestContext.Current.CancellationToken);
        TestAuthority.OpenSsl("ts", "-verify", "-data", note, "-in", token, "-token_in", "-CAfile", _authority.RootPath).Output.Should().Contain("FAILED");
        using var other = new TestAuthority();
        TestAuthority.OpenSsl("ts", "-verify", "-data", note, "-in", token, "-token_in", "-CAfile", other.RootPath).Output.Should().Contain("FAILED");
    }

    [Theory]
    [InlineData("another nonce", "one to another question")]
    [InlineData("another imprint", "about something else")]
    [InlineData("rejected", "status 2")]
    [InlineData("not a certificate for time stamps", "no token with a certificate for time stamps")]
    [InlineData("expired", "no token with a certificate for time stamps")]
    [InlineData("also for code", "not one for time stamps alone")]
    [InlineData("untrusted root", "not trusted: ")]
    [InlineData("garbage", "gives no time stamp")]
    [InlineData("nothing", "gives no time stamp")]
    [InlineData("bytes behind it", "not one of a time-stamping authority")]
    [InlineData("status 500", "answers 500")]
    [InlineData("redirection", "answers 302")]
    [InlineData("endless", "more than 65536 bytes")]
    [InlineData("silence", "did not answer within 00:00:00.5000000")]
    public async Task A_bad_answer_is_refused_and_told_and_nothing_is_appended(string answer, string told)
    {
        using var other = new TestAuthority();
        using var plain = _authority.Issue("plain", TestAuthority.NotBefore, TestAuthority.NotAfter);
        using var mixed = _authority.Issue("mixed", TestAuthority.NotBefore, TestAuthority.NotAfter, TestAuthority.ForTimestamps, TestAuthority.ForCode);
        using var past = _authority.Issue("past", TestAuthority.NotBefore, TestAuthority.NotBefore.AddDays(1), TestAuthority.ForTimestamps);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _authority.Answer = async (query, context) =>
        {
            Rfc3161TimestampRequest.TryDecode(query, out var request, out _).Should().BeTrue();
            switch (answer)
            {
                case "another nonce":
                    return _authority.Reply(Rfc3161TimestampRequest.CreateFromHash(request!.GetMessageHash(), HashAlgorithmName.SHA256, null, new byte[] { 1, 2, 3 }, true).Encode());
                case "another imprint":
                    return _authority.Reply(Rfc3161TimestampRequest.CreateFromData("other"u8, HashAlgorithmName.SHA256, null, request!.GetNonce(), true).Encode());
                case "rejected":
                    return _authority.Reply(query, digests: "sha512");
                case "not a certificate for time stamps":
                    return TestAuthority.SignedBy(plain, _authority.Reply(query), request!);
                case "also for code":
                    return TestAuthority.SignedBy(mixed, _authority.Reply(query), request!);
                case "expired":
                    return _authority.Reply(query, "past");
                case "untrusted root":
                    return other.Reply(query);
                case "garbage":
                    return Encoding.ASCII.GetBytes("<html>hello</html>");
                case "nothing":
                    return [];
                case "bytes behind it":
                    return [.. _authority.Reply(query), 0];
                case "status 500":
                    context.Response.StatusCode = 500;
                    return null;
                case "redirection":
                    (context.Response.StatusCode, context.Response.RedirectLocation) = (302, other.Uri.ToString());
                    return null;
                case "endless":
                    for (var chunk = new byte[8192]; ;)
                    {
                        await context.Response.OutputStream.WriteAsync(chunk);
                    }

                default:
                    await ended.Task;
                    return null;
            }
        };
        var writer = JournalWriter.Open(Stamped(options => options.Timeout = answer == "silence" ? TimeSpan.FromMilliseconds(500) : TimeSpan.FromMinutes(1)));
        writer.AppendMany(1, 5);

        await writer.CloseAsync(CancellationToken.None);

        ended.SetResult();
        writer.Anchors!.Anchored.Should().BeNull();
        var failure = writer.Anchors.Failure.Should().BeOfType<IOException>().Subject;
        failure.Message.Should().Contain(told).And.StartWith($"http://127.0.0.1:{_authority.Uri.Port}").And.NotContain("secret");
        File.Exists(Stamps).Should().BeTrue();
        new FileInfo(Stamps).Length.Should().Be(0);
        other.Queries.Should().BeEmpty("a redirection is not followed");
        Verify(Directory).AuthenticUpTo.Should().Be(5, "the journal goes on");
    }

    [Fact]
    public async Task Credentials_are_sent_and_are_in_no_message()
    {
        _authority.Answer = (_, context) =>
        {
            context.Response.StatusCode = 401;
            return Task.FromResult<byte[]?>(null);
        };
        var writer = JournalWriter.Open(Stamped(options => options.GetAuthorization = _ => ValueTask.FromResult("Bearer hidden-word")));

        await writer.CloseAsync(CancellationToken.None);

        _authority.Authorizations.Should().OnlyContain(one => one == "Bearer hidden-word").And.NotBeEmpty();
        writer.Anchors!.Failure!.ToString().Should().Contain("answers 401").And.NotContain("hidden-word").And.NotContain("secret");
        var failing = JournalWriter.Open(Stamped(options => options.GetAuthorization = _ => throw new InvalidOperationException("hidden-word")));
        await failing.CloseAsync(CancellationToken.None);
        failing.Anchors!.Failure!.ToString().Should().Contain("GetAuthorization failed with InvalidOperationException").And.NotContain("hidden-word");
    }

    [Fact]
    public async Task An_authority_that_cannot_be_reached_is_told_by_its_place()
    {
        var writer = JournalWriter.Open(Stamped(options => options.Uri = new Uri("http://127.0.0.1:1/path?secret")));

        await writer.CloseAsync(CancellationToken.None);

        writer.Anchors!.Failure!.Message.Should().StartWith("http://127.0.0.1:1 cannot be reached").And.NotContain("secret");
    }

    [Fact]
    public void Every_mistake_of_the_options_is_told()
    {
        var options = new TimestampAnchorOptions { Interval = TimeSpan.FromDays(2), Timeout = TimeSpan.Zero };

        options.GetErrors().Should().HaveCount(4);
        FluentActions.Invoking(() => new TimestampAnchor(options)).Should().Throw<ArgumentException>().WithMessage("*Uri is no absolute*Path is empty*Interval (2.00:00:00)*Timeout (00:00:00)*");
        Good(one => one.Uri = new Uri("ftp://host/")).Should().ContainSingle().Which.Should().Contain("scheme http or https");
        Good(one => one.Uri = new Uri("https://user:word@host/")).Should().ContainSingle().Which.Should().Contain("password").And.NotContain("word@");
        Good(one => one.GetAuthorization = _ => default).Should().ContainSingle().Which.Should().Contain("use https");
        Good(one => (one.Uri, one.GetAuthorization) = (new Uri("https://host/"), _ => default)).Should().BeEmpty();
        Good(_ => { }).Should().BeEmpty();

        static IReadOnlyList<string> Good(Action<TimestampAnchorOptions> change)
        {
            var good = new TimestampAnchorOptions { Uri = new Uri("http://host/tsa"), Path = "stamps" };
            change(good);
            return good.GetErrors();
        }
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _temporary.Dispose();
    }

    private JournalSettings Stamped(Action<TimestampAnchorOptions>? change = null)
    {
        var options = new TimestampAnchorOptions { Uri = _authority.Uri, Path = Stamps, Interval = TimeSpan.Zero };
        change?.Invoke(options);
        if (options.TrustedCertificates.Count == 0)
        {
            options.TrustedCertificates.Add(_authority.Root);
        }

        return Settings(Directory, segmentBytes: 1_000_000) with { Anchors = [new TimestampAnchor(options)] };
    }
}
