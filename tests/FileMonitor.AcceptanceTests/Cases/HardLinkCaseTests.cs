using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>A file with another name outside the root: no source hints at what is written through that one.</summary>
public sealed class HardLinkCaseTests
{
    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_write_through_a_name_outside_is_found_by_a_verification(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, TimeSpan.Zero);
        await File.AppendAllTextAsync(OtherName(watched), " two", TestContext.Current.CancellationToken);
        await watched.FlushAsync();

        var verified = await watched.Monitor.VerifyAsync(checksums: false, TestContext.Current.CancellationToken);

        watched.SinceBaseline().Should().BeEmpty("nobody said a word");
        verified.Differences.Should().ContainSingle();
        (verified.Differences[0].Kind, verified.Differences[0].RelativePath).Should().Be((DifferenceKind.StateDiffers, "f"));
        verified.Differences[0].Detail.Should().Contain(" The file has 2 names (hard links), and no other one is known below this root: ");
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_verification_says_that_what_differs_is_another_name_of_a_file(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, TimeSpan.Zero, before => HardLink.Create(before.PathOf("f"), before.PathOf("g")));
        await File.AppendAllTextAsync(watched.PathOf("g"), " two", TestContext.Current.CancellationToken);
        await watched.UntilAsync(one => one is { Kind: AuditEventKind.Modified, RelativePath: "g" }, "event of the name that was written through");

        var verified = await watched.Monitor.VerifyAsync(checksums: false, TestContext.Current.CancellationToken);

        verified.Differences.Select(difference => difference.RelativePath).Should().Equal("f");
        verified.Differences[0].Detail.Should().Contain($" The file has 3 names (hard links), and another one is '{watched.PathOf("g")}': a write through one name is reported for that name");
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_write_through_a_name_outside_is_found_by_the_periodic_comparison(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, TimeSpan.FromSeconds(1));
        await File.AppendAllTextAsync(OtherName(watched), " two", TestContext.Current.CancellationToken);

        var found = await watched.UntilAsync(one => one.Kind == AuditEventKind.Modified, "event of the periodic comparison");

        (found.RelativePath, found.Origin, found.Sha256, found.PreviousSha256).Should().Be(("f", AuditEventOrigin.Reconciled, Content.Sha256("one two"), Content.Sha256("one")));
        await watched.SettledAsync();
    }

    private static string OtherName(WatchedDirectory watched) => Path.Join(watched.Outside, "other");

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, TimeSpan interval, Action<WatchedDirectory>? linkToo = null)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before =>
            {
                File.WriteAllText(before.PathOf("f"), "one");
                HardLink.Create(before.PathOf("f"), OtherName(before));
                linkToo?.Invoke(before);
            },
            options =>
            {
                options.Source = source;
                options.Recovery.ReconcileInterval = interval;
            });
    }
}
