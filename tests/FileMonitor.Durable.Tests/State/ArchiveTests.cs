using System.Security.Cryptography;
using FileMonitor.Ingest;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>The handler of the sample drop folder, when the file is not any more what its event says.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-archive-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Upload => Path.Join(_home.FullName, "upload");

    private string Archived => Path.Join(_home.FullName, "archive", Sha256);

    private static string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData("content"u8));

    [Fact]
    public async Task An_upload_that_is_being_sent_again_is_not_acknowledged_until_it_is_archived()
    {
        await File.WriteAllTextAsync(Upload, "cont", Token);
        var half = async () => await HandleAsync();
        await half.Should().ThrowAsync<InvalidDataException>();
        File.Exists(Archived).Should().BeFalse();

        await File.WriteAllTextAsync(Upload, "content", Token);
        await HandleAsync();
        (await File.ReadAllTextAsync(Archived, Token)).Should().Be("content");
    }

    [Fact]
    public async Task An_upload_that_is_gone_is_done()
    {
        await HandleAsync();
        Directory.EnumerateFiles(Path.Join(_home.FullName, "archive")).Should().BeEmpty();
    }

    public void Dispose() => _home.Delete(recursive: true);

    private Task HandleAsync() => new Archive(new ResultDirectories(_home.FullName)).HandleAsync(
        AuditEventJson.Parse($$"""
            {"id":"01a204be-af4d-7ee1-8865-ac80c92002c3","sequence":1,"kind":"Created","origin":"Live","itemType":"File","monitor":"","root":"{{_home.FullName}}","relativePath":"upload","path":"{{Upload}}",
            "size":7,"sha256":"{{Sha256}}","checksumStatus":"Computed","occurredAt":"2026-11-22T19:32:15+00:00","firstOccurredAt":"2026-11-22T19:32:15+00:00","settledAt":"2026-11-22T19:32:15+00:00",
            "emittedAt":"2026-11-22T19:32:15+00:00","hints":1}
            """),
        Token);
}
