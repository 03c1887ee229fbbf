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

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, TimeSpan interval)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before =>
            {
                File.WriteAllText(before.PathOf("f"), "one");
                HardLink.Create(before.PathOf("f"), OtherName(before));
            },
            options =>
            {
                options.Source = source;
                options.Recovery.ReconcileInterval = interval;
            });
    }
}
