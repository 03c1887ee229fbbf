using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>Checks a checkpoint against the records that were received, made from docs/journal.md alone, as a receiver does.</summary>
internal static class ReceivedTree
{
    /// <returns>The size of the checkpoint; throws when it is not true of the lines.</returns>
    public static long Verify(string note, string publicKeyPem, IReadOnlyList<byte[]> lines)
    {
        var parts = note.Split('\n');
        var size = long.Parse(parts[1], CultureInfo.InvariantCulture);
        var leaves = lines.Take((int)size).Select(line => SHA256.HashData([0, .. line, (byte)'\n'])).ToList();
        if (Convert.ToBase64String(Root(leaves)) != parts[2])
        {
            throw new InvalidDataException("The root is another.");
        }

        using var key = ECDsa.Create();
        key.ImportFromPem(publicKeyPem);
        var signed = Convert.FromBase64String(parts[4][(parts[4].LastIndexOf(' ') + 1)..]);
        if (!signed.AsSpan(0, 4).SequenceEqual(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 4))
            || !key.VerifyData(Encoding.UTF8.GetBytes($"{parts[0]}\n{parts[1]}\n{parts[2]}\n"), signed.AsSpan(4), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
        {
            throw new InvalidDataException("The signature is not by this key.");
        }

        return size;
    }

    private static byte[] Root(List<byte[]> leaves)
    {
        if (leaves.Count == 1)
        {
            return leaves[0];
        }

        var left = 1;
        while (left * 2 < leaves.Count)
        {
            left *= 2;
        }

        return SHA256.HashData([1, .. Root(leaves[..left]), .. Root(leaves[left..])]);
    }
}
