using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>Which queue has the messages of a host. The receiver and any other publisher compute the same.</summary>
internal static class HostQueue
{
    /// <summary>The first four bytes of the SHA-256 of the name in UTF-8, as a number with the highest byte first, modulo the number of queues.</summary>
    public static int NumberOf(string host, int queues) =>
        (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(host))) % (uint)queues);
}
