using System.Buffers;
using System.Text.Json;

namespace FileMonitor.Cli;

/// <summary>One hashed file as a line of JSON, with the names of the events' JSON. Members that do not apply are left out.</summary>
internal static class HashJson
{
    public static void Write(ArrayBufferWriter<byte> output, FileHash hash)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("path", hash.Path);
            if (PathBytes.AreNotUtf8(hash.Path))
            {
                var bytes = new ArrayBufferWriter<byte>();
                PathBytes.Write(bytes, hash.Path);
                json.WriteBase64String("pathBytes", bytes.WrittenSpan);
            }

            json.WriteString("checksumStatus", hash.Status.ToString());
            if (hash.Sha256 is not null)
            {
                json.WriteNumber("size", hash.Size);
                json.WriteString("sha256", hash.Sha256);
            }

            if (hash.Detail is not null)
            {
                json.WriteString("detail", hash.Detail);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
