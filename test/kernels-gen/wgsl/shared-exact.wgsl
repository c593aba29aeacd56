@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 63) / 64;
 if (group >= i_0 * 128) { return; }
 let i_1 = lane & 15;
 let i_2 = i_1 + 16;
 let i_3 = i_1 + 32;
 let i_4 = i_1 + 48;
 let i_5 = (lane >> 4) & 15;
 let i_6 = i32(u32(group) / u32(max(i_0, 1)));
 let i_7 = group - i_6 * i_0;
 let i_8 = i_7 * 64 + i_5;
 let i_9 = min(i_8, tokens - 1);
 let i_10 = i_7 * 64 + i_5 + 16;
 let i_11 = min(i_10, tokens - 1);
 let i_12 = i_7 * 64 + i_5 + 32;
 let i_13 = min(i_12, tokens - 1);
 let i_14 = i_7 * 64 + i_5 + 48;
 let i_15 = min(i_14, tokens - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_17 = (lane & 3) * 4;
 let i_18 = (lane >> 2) & 63;
 let i_20 = i_17 * 64 + i_18;
 let i_21 = i_1 * 4;
 let i_23 = i_5 * 64 + i_21;
 let i_24 = 64 * i_6 + 8192 * min(i_7 * 64 + i_18, tokens - 1);
 let i_27 = 4096 * i_6 + min(0 + i_21, 64 - 4);
 for (var k0_first = 0; k0_first < 64; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_17;
  let v_26 = arg0[(i_24 + k0_a0_at) >> 2];
  staged[i_20] = v_26.x;
  staged[i_20 + 64] = v_26.y;
  staged[i_20 + 128] = v_26.z;
  staged[i_20 + 192] = v_26.w;
  let k0_b0_at = k0_first + i_5;
  let v_29 = arg1[(i_27 + 64 * k0_b0_at) >> 2];
  staged[i_23 + 1024] = v_29.x;
  staged[i_23 + 1025] = v_29.y;
  staged[i_23 + 1026] = v_29.z;
  staged[i_23 + 1027] = v_29.w;
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 64 + i_5;
   let at_b = step * 64 + i_1;
   let v_38 = vec4f(staged[at_b + 1024], staged[at_b + 1040], staged[at_b + 1056], staged[at_b + 1072]);
   acc_0 = fma(vec4f(staged[at_a]), v_38, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 16]), v_38, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 32]), v_38, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 48]), v_38, acc_3);
   let v_47 = vec4f(staged[at_b + 1088], staged[at_b + 1104], staged[at_b + 1120], staged[at_b + 1136]);
   acc_0 = fma(vec4f(staged[at_a + 64]), v_47, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 80]), v_47, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 96]), v_47, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 112]), v_47, acc_3);
   let v_56 = vec4f(staged[at_b + 1152], staged[at_b + 1168], staged[at_b + 1184], staged[at_b + 1200]);
   acc_0 = fma(vec4f(staged[at_a + 128]), v_56, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 144]), v_56, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 160]), v_56, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 176]), v_56, acc_3);
   let v_65 = vec4f(staged[at_b + 1216], staged[at_b + 1232], staged[at_b + 1248], staged[at_b + 1264]);
   acc_0 = fma(vec4f(staged[at_a + 192]), v_65, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 208]), v_65, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 224]), v_65, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 240]), v_65, acc_3);
  }
 }
 if (i_8 < tokens) {
  out[64 * i_6 + 8192 * i_9 + i_1] = acc_0.x;
  out[64 * i_6 + 8192 * i_9 + i_2] = acc_0.y;
  out[64 * i_6 + 8192 * i_9 + i_3] = acc_0.z;
  out[64 * i_6 + 8192 * i_9 + i_4] = acc_0.w;
 }
 if (i_10 < tokens) {
  out[64 * i_6 + 8192 * i_11 + i_1] = acc_1.x;
  out[64 * i_6 + 8192 * i_11 + i_2] = acc_1.y;
  out[64 * i_6 + 8192 * i_11 + i_3] = acc_1.z;
  out[64 * i_6 + 8192 * i_11 + i_4] = acc_1.w;
 }
 if (i_12 < tokens) {
  out[64 * i_6 + 8192 * i_13 + i_1] = acc_2.x;
  out[64 * i_6 + 8192 * i_13 + i_2] = acc_2.y;
  out[64 * i_6 + 8192 * i_13 + i_3] = acc_2.z;
  out[64 * i_6 + 8192 * i_13 + i_4] = acc_2.w;
 }
 if (i_14 < tokens) {
  out[64 * i_6 + 8192 * i_15 + i_1] = acc_3.x;
  out[64 * i_6 + 8192 * i_15 + i_2] = acc_3.y;
  out[64 * i_6 + 8192 * i_15 + i_3] = acc_3.z;
  out[64 * i_6 + 8192 * i_15 + i_4] = acc_3.w;
 }
}
