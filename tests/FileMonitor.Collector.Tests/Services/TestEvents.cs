using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>Lines of journals for searches.</summary>
internal static class TestEvents
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset TimeOf(long sequence) => Begin.AddSeconds(sequence);

    public static string ShaOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    public static string Line(
        long sequence, string path, string kind = "Created", string? content = null, string? user = null, string? program = null, string? oldPath = null, string more = "", string monitor = "default")
    {
        var at = TimeOf(sequence).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var parts = new StringBuilder();
        parts.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{Guid.NewGuid()}\",\"sequence\":{sequence},\"kind\":\"{kind}\",\"origin\":\"Live\",\"itemType\":\"File\",\"monitor\":\"{monitor}\"");
        parts.Append(CultureInfo.InvariantCulture, $",\"root\":\"/srv\",\"path\":{Json(path)},\"checksumStatus\":\"Computed\",\"occurredAt\":\"{at}\",\"emittedAt\":\"{at}\"");
        parts.Append(oldPath is null ? "" : $",\"oldPath\":{Json(oldPath)}");
        parts.Append(content is null ? "" : $",\"sha256\":\"{ShaOf(content)}\"");
        parts.Append(user is null ? "" : $",\"actor\":{{\"confidence\":\"Kernel\",\"processId\":4711,\"userId\":0,\"userName\":{Json(user)},\"executable\":{Json(program ?? "/usr/bin/tar")},\"others\":false}}");
        return parts.Append(more).Append('}').ToString();
    }

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
